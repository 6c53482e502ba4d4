// One key, one act, while no field has the focus. `?` shows them all.
import { open } from "./list.js";
import { openConversation } from "./page.js";
import { composer, setMode } from "./composer.js";
import { closeNarrowPanel, togglePanel } from "./panel.js";

const links = () => [...document.querySelectorAll("#rows .row-link")];
const isTyping = (target) => target.closest?.("input:not([type=range]), textarea, select, [contenteditable]");
const isBusy = () => document.querySelector("dialog[open], .menu:popover-open");

function walk(step) {
  const all = links();
  const focused = all.indexOf(document.activeElement.closest?.(".row-link"));
  const from = focused >= 0 ? focused : all.findIndex((link) => link.closest(".is-selected"));
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

const press = (key) => document.querySelector(`#head [data-key="${key}"]`)?.click();

const ACTS = {
  j: () => walk(1),
  k: () => walk(-1),
  r: () => write("reply"),
  n: () => write("note"),
  a: () => press("a"),
  e: () => press("e"),
  u: () => press("u"),
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
  } else closeNarrowPanel();
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
  const act = ACTS[event.key.length === 1 ? event.key.toLowerCase() : ""];
  if (!act) return;
  event.preventDefault();
  act();
});
