// Which conversations are selected, whether or not their rows are in the page.
import { get, list, rows, word } from "./page.js";
import { tell } from "./toasts.js";

const chosen = new Map(); // conversation: what the page has heard of the patient
let last = null; // the row where a range begins

export const selection = () => chosen;
const rowOf = (element) => element?.closest?.("#rows > .row:not(.is-sealed)") ?? null;
const bar = () => document.querySelector("[data-bulk]");
const words = (name, n) => bar().dataset[name].replace("{n}", n.toLocaleString(`${document.documentElement.lang}-u-nu-latn`));

function set(row, isChosen) {
  if (isChosen) chosen.set(row.dataset.conversation, row.dataset.heard);
  else chosen.delete(row.dataset.conversation);
}

export function toggle(row) {
  if (!row?.querySelector("[data-check]")) return;
  set(row, !chosen.has(row.dataset.conversation));
  last = row.id;
  mark();
}

// Everything between the row chosen last and this one.
export function extendTo(row) {
  const all = [...rows().querySelectorAll(":scope > .row:not(.is-sealed)")];
  const from = all.findIndex((each) => each.id === last);
  const to = all.indexOf(row);
  if (to < 0) return;
  const [first, end] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
  for (const each of all.slice(first, end + 1)) set(each, true);
  if (from < 0) last = row.id;
  mark();
}

// What had the focus in the bar or its menus is gone with them: the row that was chosen has it then.
export function clear() {
  if (!chosen.size) return false;
  const row = document.activeElement.closest("[data-bulk], [data-bulk-menus]") && document.getElementById(last);
  chosen.clear();
  last = null;
  mark();
  row?.querySelector(".row-link").focus({ preventScroll: true });
  return true;
}

function mark() {
  if (!list() || !bar()) return;
  for (const row of rows().querySelectorAll(":scope > .row")) {
    const isChosen = chosen.has(row.dataset.conversation);
    row.classList.toggle("is-chosen", isChosen);
    const box = row.querySelector("[data-check]");
    if (box) box.checked = isChosen;
  }
  list().toggleAttribute("data-choosing", chosen.size > 0);
  if (bar().hidden && chosen.size) fetchMenus().catch(() => {}); // asked for again when one is opened
  bar().hidden = chosen.size === 0;
  bar().querySelector("[data-bulk-count]").textContent = chosen.size ? words("selected", chosen.size) : "";
  const all = bar().querySelector("[data-bulk-all]");
  all.hidden = "query" in list().dataset || list().dataset.view === "" || chosen.size === 0;
  all.textContent = bar().dataset.all;
}

let coming = null;
export async function fetchMenus() {
  const menus = () => document.querySelector("[data-bulk-menus]");
  if (menus().childElementCount) return;
  coming ??= get(bar().dataset.choicesUrl).finally(() => (coming = null));
  const html = await coming;
  if (!menus().childElementCount) menus().innerHTML = html;
}

async function chooseAll() {
  const told = await get(`${list().dataset.chosenUrl}?${list().dataset.listing}`).catch(() => null);
  if (told === null) return tell(word(navigator.onLine ? "failed" : "offline"));
  for (const [pk, heard] of JSON.parse(told).chosen) chosen.set(pk, heard);
  mark();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-bulk-clear]")) clear();
  if (event.target.closest("[data-bulk-all]")) chooseAll();
  const row = rowOf(event.target);
  if (!row) return;
  if (event.target.matches("[data-check]")) event.shiftKey ? extendTo(row) : toggle(row);
  else if (event.shiftKey && event.target.closest(".row-link")) (event.preventDefault(), extendTo(row));
  else if (held) stop(event);
  else if (chosen.size && isTouch() && event.target.closest(".row-link")) (stop(event), toggle(row));
  held = false;
}, true);

const stop = (event) => (event.preventDefault(), event.stopImmediatePropagation());
const isTouch = () => matchMedia("(pointer: coarse)").matches;

// On a phone a long touch begins a selection; then a tap is enough.
let held = false;
let timer = 0;
document.addEventListener("touchstart", (event) => {
  clearTimeout(timer);
  const row = rowOf(event.target);
  held = false;
  if (row) timer = setTimeout(() => ((held = true), toggle(row)), 500);
}, { passive: true });
for (const kind of ["touchmove", "touchend", "touchcancel"]) document.addEventListener(kind, () => clearTimeout(timer), { passive: true });
document.addEventListener("contextmenu", (event) => held && event.preventDefault());

for (const kind of ["rows", "htmx:after:swap"]) document.addEventListener(kind, mark);
