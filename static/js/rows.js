// Rows after a hint: the changed ones in their place, without moving what one looks at.
import { select } from "./list.js";
import { get, list, listBody, parse, rows, tellDocument } from "./page.js";
import { patch, rememberAll } from "./reconcile.js";

// Rows that changed come by id: drawn again in their place, or gone from this view. Returns what patients wrote.
export async function refreshRows(conversations) {
  const shown = list();
  if (!shown) return [];
  const page = parse(await get(`${shown.dataset.rowsUrl}?view=${shown.dataset.view}&ids=${conversations.join(",")}`));
  if (list()?.dataset.view !== shown.dataset.view) return [];
  const fresh = new Map([...page.querySelectorAll(".row")].map((row) => [row.dataset.conversation, row]));
  const news = [...fresh.values()].filter(isNews);
  if (!("query" in list().dataset)) draw(conversations, fresh, page.getElementById("tabs"));
  return news.map((row) => ({
    conversation: row.dataset.conversation,
    name: row.querySelector(".row-name").textContent,
  }));
}

function draw(conversations, fresh, tabs) {
  patchTabs(tabs);
  for (const id of conversations) put(document.getElementById(`row-${id}`), fresh.get(id));
  document.querySelector("[data-empty]")?.toggleAttribute("hidden", rows().childElementCount > 0);
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

function patchTabs(fresh) {
  const tabs = document.getElementById("tabs");
  if (!tabs.contains(document.activeElement)) {
    if (tabs.outerHTML !== fresh.outerHTML) (tabs.replaceWith(fresh), htmx.process(fresh));
    return;
  }
  const counts = [...fresh.querySelectorAll(".tab")];
  [...tabs.querySelectorAll(".tab")].forEach((tab, at) => tab.replaceChildren(...counts[at].childNodes));
}

function put(old, fresh) {
  if (!fresh) {
    if (old && old.contains(document.activeElement)) neighbour(old)?.focus({ preventScroll: true });
    old?.remove();
    return;
  }
  const moved = !old || old.dataset.at !== fresh.dataset.at;
  const shown = old ? patch(old, fresh) : fresh;
  if (moved) place(shown, old !== null);
  if (Number(fresh.dataset.unread) && moved) shown.classList.add("is-fresh");
}

const neighbour = (row) => (row.nextElementSibling ?? row.previousElementSibling)?.querySelector(".row-link");

// At its place by time. Below the last loaded row it waits for the next page. What one looks at does not move.
function place(row, wasShown) {
  const box = listBody();
  const hadFocus = row.contains(document.activeElement) && document.activeElement;
  const anchor = firstVisible(box);
  const before = anchor?.getBoundingClientRect().top;
  const next = [...rows().children].find((other) => other !== row && Number(other.dataset.at ?? -1) < Number(row.dataset.at));
  if (!next?.matches(".row") && !wasShown && document.getElementById("more-rows")) return;
  rows().insertBefore(row, next ?? null);
  if (hadFocus) hadFocus.focus({ preventScroll: true });
  if (anchor && anchor !== row && box.scrollTop > 0) box.scrollTop += anchor.getBoundingClientRect().top - before;
}

function firstVisible(box) {
  const top = box.getBoundingClientRect().top;
  return [...rows().children].find((row) => row.getBoundingClientRect().bottom > top);
}

// The whole first page again: after a long absence.
export async function reloadList() {
  const shown = list();
  if (!shown || "query" in shown.dataset) return;
  const page = parse(await get(`${shown.dataset.listUrl}?view=${shown.dataset.view}`));
  const fresh = page.getElementById("list-body");
  listBody().replaceChildren(...fresh.childNodes);
  patchTabs(page.getElementById("tabs"));
  htmx.process(listBody());
  rememberAll(rows());
  select();
}
