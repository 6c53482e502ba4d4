// What the keys do in the inbox.
import { composer, field, setMode } from "./composer.js";
import { isBusy, isTyping, on, run } from "./keys.js";
import { open } from "./list.js";
import { openFilter, showView } from "./lists.js";
import { list, openConversation } from "./page.js";
import { closeNarrowPanel, togglePanel } from "./panel.js";
import { answerFocused, answerLast, leaveAnswer } from "./replies.js";
import { clear, extendTo, toggle } from "./selecting.js";
import { undoLast } from "./undo.js";

const links = () => [...document.querySelectorAll("#rows .row-link")];

// The first one before the eyes: where the focus went when its row was scrolled far away.
function firstSeen(all) {
  const top = document.querySelector("[data-list-body]").getBoundingClientRect().top;
  return all.findIndex((link) => link.getBoundingClientRect().top >= top);
}

// Where the open conversation stood in this list: when it has gone from there, one walks on from its place.
let stood = { at: -1, listing: "" };
const selectedOf = (all) => all.findIndex((link) => link.closest(".is-selected"));
for (const kind of ["rows", "opened"]) {
  document.addEventListener(kind, () => {
    const at = selectedOf(links());
    if (at >= 0) stood = { at, listing: list().dataset.listing };
  });
}

function whereFrom(all, step) {
  const focused = all.indexOf(document.activeElement.closest?.(".row-link"));
  const selected = selectedOf(all);
  if (focused >= 0) return focused;
  if (selected >= 0) return selected;
  if (stood.at >= 0 && stood.listing === list().dataset.listing) return step > 0 ? stood.at - 1 : stood.at;
  return firstSeen(all) - 1;
}

function walk(step) {
  const all = links();
  const from = whereFrom(all, step);
  const next = all[Math.min(Math.max(from + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function write(mode) {
  if (!composer()) return;
  setMode(mode);
  if (field().offsetParent) field().focus();
  else document.querySelector(".composer-closed button")?.focus();
}

// The row that has the focus, or the open conversation's.
const row = () => document.activeElement.closest?.("#rows > .row") ?? document.querySelector("#rows > .row.is-selected");

function extend(step) {
  if (row()) extendTo(row());
  walk(step);
  if (row()) extendTo(row());
}

for (const { dataset } of document.querySelectorAll("#keys [data-shortcut^=go_]:not([data-shortcut=go_settings])")) {
  on(dataset.shortcut, () => showView(dataset.shortcut.slice(3)));
}
on("select", () => toggle(row()));
on("select_next", () => extend(1));
on("select_previous", () => extend(-1));
on("filter", openFilter);
on("undo", undoLast);
on("next", () => walk(1));
on("previous", () => walk(-1));
on("reply", () => answerFocused() || write("reply"));
on("answer_note", answerLast);
on("note", () => write("note"));
on("panel", togglePanel);
on("search", () => document.getElementById("search")?.focus());

function leave(event) {
  if (isTyping(event.target)) {
    const search = event.target.closest("[data-search]") && event.target;
    if (search?.value) {
      search.value = "";
      search.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    event.target.blur();
    if (leaveAnswer(event.target)) return;
    document.querySelector(openConversation() ? ".row.is-selected .row-link" : "#rows .row-link")?.focus();
  } else if (!closeNarrowPanel()) clear();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isBusy()) return;
  if (event.key === "Escape") return leave(event);
  if (event.key !== "Enter" || !event.target.matches(".row-link")) return;
  event.preventDefault();
  open(event.target.getAttribute("href"));
});

// The next conversation that is still to be done: below the open one, or above the last.
function neighbour() {
  const open = document.querySelector("#rows > .row.is-selected");
  const others = (step) => {
    let other = open?.[step];
    while (other && !other.querySelector(".row-link")) other = other[step];
    return other?.querySelector(".row-link").getAttribute("href");
  };
  return others("nextElementSibling") ?? others("previousElementSibling");
}

// Closed first; only when the server says so does the next one open, so that what it refuses is seen.
let following = null; // what opens when the close that was asked for is done: { closed, next }
const status = () => document.getElementById("head")?.dataset.status;
const forget = () => (following = null);

function closeAndNext() {
  const next = neighbour();
  if (status() !== "open") return next && open(next);
  following = { closed: openConversation(), next };
  run("close");
}

document.addEventListener("htmx:after:swap", () => {
  if (!following || openConversation() !== following.closed || status() !== "closed") return;
  const { next } = following;
  forget();
  if (next) open(next);
});
// Given up: something else was opened, the server refused, or no reason was chosen in the menu.
document.addEventListener("opening", forget);
document.addEventListener("htmx:finally:request", ({ detail }) => detail.ctx?.request?.action?.includes("/close/") && forget());
document.addEventListener("toggle", ({ target, newState }) => {
  if (target.id === "close-menu" && newState === "closed" && !target.querySelector("form.htmx-request")) forget();
}, true);

on("close_next", closeAndNext);
document.addEventListener("click", (event) => event.target.closest("[data-close-next]") && closeAndNext());
document.addEventListener("click", (event) => event.target.closest("[data-answer-now]") && write("reply"));
