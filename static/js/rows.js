// Rows after a hint: the changed ones in their place, without moving what one looks at.
import { select } from "./list.js";
import { get, list, listBody, parse, rows, shownRows, tellDocument } from "./page.js";
import { isElsewhere } from "./pieces.js";
import { compare, placeOf } from "./places.js";
import { patch } from "./reconcile.js";
import { holdStill } from "./still.js";

// Rows that changed come by id: drawn again in their place, or gone from this view. Returns what patients wrote.
export async function refreshRows(conversations) {
  const shown = list();
  if (!shown) return [];
  const page = parse(await get(`${shown.dataset.rowsUrl}?${shown.dataset.listing}&ids=${conversations.join(",")}`));
  if (list()?.dataset.listing !== shown.dataset.listing) return [];
  const fresh = new Map([...page.querySelectorAll(".row")].map((row) => [row.dataset.conversation, row]));
  const news = [...fresh.values()].filter(isNews);
  const unsent = page.getElementById("not-sent");
  if (unsent) document.getElementById("not-sent")?.replaceWith(unsent);
  if (!("query" in list().dataset)) draw(conversations, fresh, page.getElementById("tabs"));
  return news.map((row) => ({
    conversation: row.dataset.conversation,
    name: row.querySelector(".row-name").textContent,
    event: row.dataset.assignee ? (row.dataset.assignee === document.body.dataset.member ? "mine" : "others") : "unassigned",
  }));
}

function draw(conversations, fresh, tabs) {
  patchTabs(tabs);
  for (const id of conversations) put(document.getElementById(`row-${id}`), fresh.get(id));
  document.querySelector("[data-empty]")?.toggleAttribute("hidden", rows().querySelector(".row") !== null);
  select();
  tellDocument("rows");
}

// The patient wrote: unread grew, or began in a conversation not seen on this page before.
const unread = new Map();
const since = Date.now() / 1000;

function isNews(row) {
  const { conversation, at } = row.dataset;
  const shown = Number(document.getElementById(row.id)?.dataset.unread ?? 0);
  const before = unread.get(conversation) ?? shown;
  const now = Number(row.dataset.unread);
  unread.set(conversation, now);
  return now > before && Number(at) > since - 60;
}

// What the list is called and how much is in it; a button that has the focus keeps it.
export function patchTabs(fresh) {
  const tabs = document.getElementById("tabs");
  if (tabs.outerHTML === fresh.outerHTML) return;
  const kept = tabs.querySelector("[aria-expanded=true]") ?? (tabs.contains(document.activeElement) ? document.activeElement : null);
  if (!kept) return tabs.replaceWith(fresh);
  const button = tabs.querySelector("#views-button");
  button.replaceChildren(...fresh.querySelector("#views-button").childNodes);
  const mentions = tabs.querySelector(".switcher-mentions");
  if (mentions === kept) return;
  mentions?.remove();
  button.after(...fresh.querySelectorAll(".switcher-mentions"));
}

function put(old, fresh) {
  if (!fresh) {
    if (old && old.contains(document.activeElement)) neighbour(old)?.focus({ preventScroll: true });
    old?.remove();
    return;
  }
  const moved = !old || old.dataset.place !== fresh.dataset.place;
  const shown = old ? patch(old, fresh) : fresh;
  if (moved) place(shown);
  if (Number(fresh.dataset.unread) && moved) shown.classList.add("is-fresh");
}

const neighbour = (row) => [row.nextElementSibling, row.previousElementSibling].map((each) => each?.querySelector(".row-link")).find(Boolean);

// At its place in the order. Where no rows are in the page it waits until they are. What one looks at does not move.
function place(row) {
  const hadFocus = row.contains(document.activeElement) && document.activeElement;
  const own = placeOf(row.dataset.place);
  const next = shownRows().find((other) => other !== row && compare(own, placeOf(other.dataset.place)) < 0);
  if (isElsewhere(own, next !== undefined)) {
    if (hadFocus) neighbour(row)?.focus({ preventScroll: true });
    return row.remove();
  }
  const insert = () => {
    rows().insertBefore(row, next ?? document.getElementById("rows-below"));
    if (hadFocus) hadFocus.focus({ preventScroll: true });
  };
  if (listBody().scrollTop > 0) holdStill(insert, row);
  else insert();
}
