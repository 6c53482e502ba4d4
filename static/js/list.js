// The list: opening a conversation, which one is selected, the search, the rows that changed.
import { announce, get, list, openConversation, parse, tellDocument, word } from "./page.js";
import { patch, rememberAll } from "./reconcile.js";
import { tell } from "./toasts.js";

const rows = () => document.getElementById("rows");
const body = () => document.querySelector("[data-list-body]");
const SKELETON_AFTER = 200;

export function open(href) {
  tellDocument("leaving");
  select(new URL(href, location).pathname.split("/")[2]);
  const skeleton = setTimeout(showSkeleton, SKELETON_AFTER);
  return htmx
    .ajax("GET", href, { target: "#workspace", swap: "outerHTML", push: href })
    .finally(() => (clearTimeout(skeleton), hideSkeleton()));
}

// Over the old thread, not instead of it: when the request fails the old one is still there.
function showSkeleton() {
  const skeleton = document.getElementById("thread-skeleton").content.cloneNode(true);
  document.querySelector(".thread")?.append(skeleton);
}

const hideSkeleton = () => document.querySelector(".thread-skeleton")?.remove();

export function select(conversation = openConversation()) {
  for (const row of document.querySelectorAll(".row.is-selected")) row.classList.remove("is-selected");
  for (const link of document.querySelectorAll(".row-link[aria-current]")) link.removeAttribute("aria-current");
  for (const row of document.querySelectorAll(`.row[data-conversation="${conversation}"]`)) {
    row.classList.add("is-selected");
    row.querySelector(".row-link").setAttribute("aria-current", "true");
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".row-link, [data-open]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(link.getAttribute("href"));
});

// Back to the list on a phone: the list was never away, only the workspace changes.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  event.preventDefault();
  tellDocument("leaving");
  const href = `/?view=${list().dataset.view}`;
  const row = document.querySelector(".row.is-selected .row-link");
  htmx
    .ajax("GET", href, { target: "#workspace", select: "#workspace", swap: "outerHTML", push: href })
    .then(() => row?.focus({ preventScroll: true }));
});

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
  const box = body();
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
  body().replaceChildren(...fresh.childNodes);
  patchTabs(page.getElementById("tabs"));
  htmx.process(body());
  rememberAll(rows());
  select();
}

// Search as one types; the newest answer wins.
let searching = null;
let pause = 0;

async function search(query) {
  searching?.abort();
  searching = new AbortController();
  const view = list().dataset.view;
  try {
    const html = await get(`${list().dataset.listUrl}?view=${view}&q=${encodeURIComponent(query)}`, searching);
    const page = parse(html);
    list().toggleAttribute("data-query", query !== "");
    body().replaceChildren(...page.getElementById("list-body").childNodes);
    body().scrollTop = 0;
    const tabs = page.getElementById("tabs");
    document.getElementById("tabs").replaceWith(tabs);
    htmx.process(list());
    rememberAll(rows());
    select();
  } catch (error) {
    if (error.name !== "AbortError") announce(word("failed"));
  }
}

document.addEventListener("input", (event) => {
  if (!event.target.closest("[data-search]")) return;
  clearTimeout(pause);
  pause = setTimeout(() => search(event.target.value.trim()), 180);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-search]")) return;
  event.preventDefault();
  clearTimeout(pause);
  search(event.target.elements.q.value.trim());
});

// A request of htmx that failed: nothing was swapped, so what was shown still is.
for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail?.ctx?.status?.includes?.("Abort")) return;
    tell(word(navigator.onLine ? "failed" : "offline"));
    select();
  });
}

document.addEventListener("htmx:after:swap", () => {
  select();
  rememberAll(rows());
});
rememberAll(rows());
select();
