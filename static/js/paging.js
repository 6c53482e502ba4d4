// However long the list is, only the rows around what one looks at are in the page. The others are remembered as
// pieces of the list, by the places where they begin and end and the height they had, and fetched when they come near.
import { select } from "./list.js";
import { get, list, listBody, parse, rows, tellDocument } from "./page.js";
import { compare, placeOf } from "./places.js";
import { rememberAll } from "./reconcile.js";

const KEPT = 240; // rows in the page
const PIECE = 80;
const AHEAD = 1200; // pixels
let owner = null;
let above = [];
let below = [];
let busy = false;
let watcher = null;

const shown = () => [...rows().querySelectorAll(":scope > .row")];
const gap = (where) => document.getElementById(`rows-${where}`);
const more = () => document.getElementById("more-rows");
const heightOf = (pieces) => pieces.reduce((sum, each) => sum + each.height, 0);
const isPaged = () => list() && !("query" in list().dataset);

function gapElement(where) {
  const element = document.createElement("li");
  element.id = `rows-${where}`;
  element.className = "row-gap";
  element.ariaHidden = "true";
  return element;
}

// A list that was drawn anew begins anew.
export function start() {
  if (!isPaged() || owner === rows()) return;
  owner = rows();
  above = [];
  below = [];
  busy = false;
  rows().prepend(gapElement("above"));
  more() ? more().before(gapElement("below")) : rows().append(gapElement("below"));
  watcher?.disconnect();
  watcher = new IntersectionObserver(look, { root: listBody(), rootMargin: `${AHEAD}px 0px` });
  comeBack();
  watch();
}

function watch() {
  if (!gap("above")) return;
  gap("above").style.height = `${heightOf(above)}px`;
  gap("below").style.height = `${heightOf(below)}px`;
  watcher.disconnect();
  for (const each of [above.length && gap("above"), below.length && gap("below"), more()]) if (each) watcher.observe(each);
}

function look(seen) {
  const near = new Set(seen.filter((each) => each.isIntersecting).map((each) => each.target.id));
  if (!near.size || busy) return;
  if (isAway()) jump();
  else if (near.has("rows-above")) fill("above");
  else if (near.has("rows-below")) fill("below");
  else if (near.has("more-rows") && !below.length) fill("more");
}

// One dragged the bar far into what is not in the page.
function isAway() {
  const all = shown();
  if (!all.length) return above.length + below.length > 0;
  const box = listBody().getBoundingClientRect();
  return all[0].getBoundingClientRect().top > box.bottom + AHEAD || all.at(-1).getBoundingClientRect().bottom < box.top - AHEAD;
}

function jump() {
  letGo(0, shown().length, above);
  const pieces = [...above, ...below];
  let height = 0;
  const at = pieces.findIndex((each) => (height += each.height) > listBody().scrollTop);
  const from = at < 0 ? pieces.length - 1 : at;
  above = pieces.slice(0, from);
  below = pieces.slice(from);
  watch();
  if (below.length) fill("below");
}

const FROM = {
  above: () => `after=${above.at(-1).after}&until=${above.at(-1).until}`,
  below: () => `after=${below[0].after}&until=${below[0].until}`,
  more: () => `after=${more().dataset.after}`,
};

async function fill(where) {
  busy = true;
  const asked = owner;
  try {
    const fresh = parse(`<ul>${await get(`${list().dataset.listUrl}?${list().dataset.listing}&${FROM[where]()}`)}</ul>`).querySelector("ul");
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
    const piece = above.pop();
    gap("above").style.height = `${heightOf(above)}px`;
    gap("above").after(...added);
    listBody().scrollTop += heightBetween(added) - piece.height;
  } else {
    if (where === "below") below.shift();
    gap("below").before(...added);
  }
  if (where === "more") next ? more().replaceWith(next) : more().remove();
  rememberAll({ children: added });
  select();
  tellDocument("rows");
}

const heightBetween = (all) => (all.length ? all.at(-1).getBoundingClientRect().bottom - all[0].getBoundingClientRect().top : 0);

function trim(where) {
  const all = shown();
  if (all.length <= KEPT) return;
  if (where === "above") letGo(all.length - PIECE, all.length, below);
  else letGo(0, PIECE, above);
}

// These rows leave the page; in their place stands their height.
function letGo(from, to, pieces) {
  const all = shown();
  const found = [];
  let after = from > 0 ? all[from - 1].dataset.place : (above.at(-1)?.until ?? "");
  for (let at = from; at < to; at += PIECE) {
    const piece = all.slice(at, Math.min(at + PIECE, to));
    found.push({ after, until: piece.at(-1).dataset.place, height: heightBetween(piece) });
    after = piece.at(-1).dataset.place;
  }
  if (all.slice(from, to).some((row) => row.contains(document.activeElement))) listBody().focus({ preventScroll: true });
  for (const row of all.slice(from, to)) row.remove();
  if (pieces === below) below.unshift(...found);
  else above.push(...found);
}

// Whether a place is in a part of the list that is not in the page now.
export function isElsewhere(place, hasNext) {
  if (above.length && compare(place, placeOf(above.at(-1).until)) <= 0) return true;
  return !hasNext && (below.length > 0 || more() !== null);
}

// After a long absence: the rows in the page again, without moving what one looks at. False when it is simply the top.
export async function refreshShown() {
  const all = shown();
  if (!above.length && listBody().scrollTop < AHEAD) return false;
  const asked = owner;
  const pieces = [];
  for (let at = 0, after = above.at(-1)?.until ?? ""; at < all.length; at += PIECE) {
    const until = all.slice(at, at + PIECE).at(-1).dataset.place;
    pieces.push(`after=${after}&until=${until}`);
    after = until;
  }
  const told = await Promise.all(pieces.map((each) => get(`${list().dataset.listUrl}?${list().dataset.listing}&${each}`)));
  if (asked !== rows()) return true;
  const fresh = [...parse(`<ul>${told.join("")}</ul>`).querySelectorAll(".row")];
  const box = listBody();
  const anchor = all.find((row) => row.getBoundingClientRect().bottom > box.getBoundingClientRect().top);
  const before = anchor?.getBoundingClientRect().top;
  for (const row of shown()) if (!fresh.some((each) => each.id === row.id)) row.remove();
  for (const row of fresh) {
    const old = document.getElementById(row.id);
    if (old && !old.contains(document.activeElement)) old.remove();
    if (!old?.isConnected) gap("below").before(row);
    else gap("below").before(old);
  }
  rememberAll({ children: fresh });
  if (anchor?.id && document.getElementById(anchor.id)) box.scrollTop += document.getElementById(anchor.id).getBoundingClientRect().top - before;
  select();
  tellDocument("rows");
  return true;
}

// Whoever reloads the page or comes back to it finds the list where it was.
const KEY = "list-place";

addEventListener("pagehide", () => {
  if (!isPaged() || !gap("above") || listBody().scrollTop === 0) return sessionStorage.removeItem(KEY);
  const scrolled = listBody().scrollTop;
  const after = more()?.dataset.after ?? "";
  letGo(0, shown().length, above);
  sessionStorage.setItem(KEY, JSON.stringify({ listing: list().dataset.listing, pieces: [...above, ...below], scrolled, after }));
});

function comeBack() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  const [how] = performance.getEntriesByType("navigation");
  if (kept?.listing !== list().dataset.listing || how?.type === "navigate") return;
  for (const row of shown()) row.remove();
  if (more()) kept.after ? (more().dataset.after = kept.after) : more().remove();
  above = [];
  below = kept.pieces;
  watch();
  listBody().scrollTop = kept.scrolled;
  jump();
}

document.addEventListener("htmx:after:swap", start);
document.addEventListener("rows", start);
start();
