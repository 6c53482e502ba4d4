// One key, one act, while no field has the focus. `?` shows them all.
import { open } from "./list.js";
import { openFilter, showView } from "./lists.js";
import { openConversation } from "./page.js";
import { composer, setMode } from "./composer.js";
import { undoLast } from "./undo.js";
import { closeNarrowPanel, togglePanel } from "./panel.js";
import { clear, extendTo, toggle } from "./selecting.js";

const links = () => [...document.querySelectorAll("#rows .row-link")];
const isTyping = (target) => target.closest?.("input:not([type=range]), textarea, select, [contenteditable]");
const isBusy = () => document.querySelector("dialog[open], .menu:popover-open");

// The first one before the eyes: where the focus went when its row was scrolled far away.
function firstSeen(all) {
  const top = document.querySelector("[data-list-body]").getBoundingClientRect().top;
  return all.findIndex((link) => link.getBoundingClientRect().top >= top);
}

function walk(step) {
  const all = links();
  const focused = all.indexOf(document.activeElement.closest?.(".row-link"));
  const selected = all.findIndex((link) => link.closest(".is-selected"));
  const from = focused >= 0 ? focused : selected >= 0 ? selected : firstSeen(all) - 1;
  const next = all[Math.min(Math.max(from + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function write(mode) {
  if (!composer()) return;
  setMode(mode);
  const field = document.querySelector("[data-composer-text]");
  if (field.offsetParent) field.focus();
  else document.querySelector(".composer-closed button")?.focus();
}

// The row that has the focus, or the open conversation's.
const row = () => document.activeElement.closest?.("#rows > .row") ?? document.querySelector("#rows > .row.is-selected");

function extend(step) {
  if (row()) extendTo(row());
  walk(step);
  if (row()) extendTo(row());
}

// `g` and a letter: another list.
const LISTS = { m: "mine", t: "team", u: "unassigned", r: "unread", w: "waiting", a: "all", e: "mentions", s: "snoozed", c: "closed" };
const PATIENCE = 1500;
let going = 0;

function go(key) {
  const isGoing = Date.now() - going < PATIENCE;
  going = 0;
  if (isGoing && LISTS[key]) showView(LISTS[key]);
  return isGoing;
}

const press = (key) => document.querySelector(`#head [data-key="${key}"]`)?.click();

const ACTS = {
  j: () => walk(1),
  k: () => walk(-1),
  r: () => write("reply"),
  n: () => write("note"),
  a: () => press("a"),
  e: () => press("e"),
  u: () => press("u"),
  l: () => press("l"),
  "!": () => press("!"),
  f: openFilter,
  g: () => (going = Date.now()),
  x: () => toggle(row()),
  z: undoLast,
  p: togglePanel,
  "/": () => document.getElementById("search")?.focus(),
  "?": () => document.getElementById("keys").showModal(),
};

function leave(event) {
  if (isTyping(event.target)) {
    const search = event.target.closest("[data-search]") && event.target;
    if (search?.value) {
      search.value = "";
      search.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    event.target.blur();
    document.querySelector(openConversation() ? ".row.is-selected .row-link" : "#rows .row-link")?.focus();
  } else if (!closeNarrowPanel()) clear();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy()) return;
  if (event.key === "Escape") return leave(event);
  if (isTyping(event.target)) return;
  if (event.key === "Enter" && event.target.matches(".row-link")) {
    event.preventDefault();
    open(event.target.getAttribute("href"));
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : "";
  if (go(key)) return event.preventDefault();
  if (event.shiftKey && "jk".includes(key) && key) return event.preventDefault(), extend(key === "j" ? 1 : -1);
  const act = ACTS[key];
  if (!act) return;
  event.preventDefault();
  act();
});
