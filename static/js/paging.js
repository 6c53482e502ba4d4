// However long the list is, only the rows around what one looks at are in the page. The others are fetched when they
// come near.
import { rowsDrawn } from "./list.js";
import { get, list, listBody, parse, rows, shownRows } from "./page.js";
import { AHEAD, PIECE, addressFrom, begin, gap, heightBetween, letGo, measure, more, pieces, splitAt } from "./pieces.js";

const KEPT = 240; // rows in the page
const KEY = "list-place";
let owner = null;
let busy = false;
let watcher = null;

const isPaged = () => list() && !("query" in list().dataset);

// A list that was drawn anew begins anew.
function start() {
  if (!isPaged() || owner === rows()) return;
  owner = rows();
  busy = false;
  begin();
  watcher?.disconnect();
  watcher = new IntersectionObserver(look, { root: listBody(), rootMargin: `${AHEAD}px 0px` });
  comeBack();
  watch();
}

function watch() {
  if (!gap("above")) return;
  measure("above", "below");
  watcher.disconnect();
  for (const each of [pieces.above.length && gap("above"), pieces.below.length && gap("below"), more()]) if (each) watcher.observe(each);
}

function look(seen) {
  const near = new Set(seen.filter((each) => each.isIntersecting).map((each) => each.target.id));
  if (!near.size || busy) return;
  if (isAway()) jump();
  else if (near.has("rows-above")) fill("above");
  else if (near.has("rows-below")) fill("below");
  else if (near.has("more-rows") && !pieces.below.length) fill("more");
}

// One dragged the bar far into what is not in the page.
function isAway() {
  const all = shownRows();
  if (!all.length) return pieces.above.length + pieces.below.length > 0;
  const box = listBody().getBoundingClientRect();
  return all[0].getBoundingClientRect().top > box.bottom + AHEAD || all.at(-1).getBoundingClientRect().bottom < box.top - AHEAD;
}

function jump() {
  letGo(0, shownRows().length, "above");
  splitAt(listBody().scrollTop);
  watch();
  if (pieces.below.length) fill("below");
}

async function fill(where) {
  busy = true;
  const asked = owner;
  try {
    const fresh = parse(`<ul>${await get(addressFrom(where))}</ul>`).querySelector("ul");
    if (asked !== rows()) return;
    put(where, fresh);
    trim(where);
  } catch {
    await new Promise((go) => setTimeout(go, 2000)); // asked again, a while later
  } finally {
    if (asked === owner) (busy = false), watch();
  }
}

function put(where, fresh) {
  const next = fresh.querySelector("#more-rows");
  const added = [...fresh.querySelectorAll(".row")].filter((row) => !document.getElementById(row.id));
  if (where === "above") {
    const piece = pieces.above.pop();
    measure("above");
    gap("above").after(...added);
    listBody().scrollTop += heightBetween(added) - piece.height;
  } else {
    if (where === "below") pieces.below.shift();
    gap("below").before(...added);
  }
  if (where === "more") next ? more().replaceWith(next) : more().remove();
  rowsDrawn({ children: added });
}

function trim(where) {
  const { length } = shownRows();
  if (length <= KEPT) return;
  if (where === "above") letGo(length - PIECE, length, "below");
  else letGo(0, PIECE, "above");
}

// Whoever reloads the page or comes back to it finds the list where it was.
addEventListener("pagehide", () => {
  if (!isPaged() || !gap("above") || listBody().scrollTop === 0) return sessionStorage.removeItem(KEY);
  const scrolled = listBody().scrollTop;
  const after = more()?.dataset.after ?? "";
  letGo(0, shownRows().length, "above");
  sessionStorage.setItem(KEY, JSON.stringify({ listing: list().dataset.listing, pieces: [...pieces.above, ...pieces.below], scrolled, after }));
});

function comeBack() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  const [how] = performance.getEntriesByType("navigation");
  if (kept?.listing !== list().dataset.listing || how?.type === "navigate") return;
  for (const row of shownRows()) row.remove();
  if (more()) kept.after ? (more().dataset.after = kept.after) : more().remove();
  [pieces.above, pieces.below] = [[], kept.pieces];
  watch();
  listBody().scrollTop = kept.scrolled;
  jump();
}

document.addEventListener("htmx:after:swap", start);
document.addEventListener("rows", start);
start();
