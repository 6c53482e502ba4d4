// Single keys: which the member wants for what is read from the help; what they do is told by the page's modules with
// on(), or by the button marked data-does="name".
import { isMac, keyOf } from "./key_names.js";

const PATIENCE = 1500; // milliseconds between the two keys of a pair
const MAY_REPEAT = new Set(["next", "previous", "select_next", "select_previous"]);
const acts = new Map();
const many = new Map(); // what comes first while conversations are selected
const help = document.getElementById("keys");
const bound = new Map();
if (help && !("off" in help.dataset)) {
  for (const { dataset } of help.querySelectorAll("[data-shortcut]")) if (dataset.keys) bound.set(dataset.keys, dataset.shortcut);
}

export const on = (name, act) => acts.set(name, act);
export const onMany = (name, act) => many.set(name, act); // true when it did it
export const isTyping = (target) => target.closest?.("input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]");
export const isBusy = () => document.querySelector("dialog[open], .menu:popover-open");

export function run(name) {
  const act = acts.get(name);
  if (act) act();
  else document.querySelector(`[data-does="${name}"]:not(:disabled)`)?.click();
}

on("help", () => help.showModal());

let first = "";
let since = 0;

// The command that these keys mean: at once, or once the second of two is there.
function meant(key) {
  const pair = first && Date.now() - since < PATIENCE ? `${first} ${key}` : "";
  first = "";
  if (pair) return bound.get(pair) ?? "nothing";
  if (bound.has(key)) return bound.get(key);
  if (![...bound.keys()].some((held) => held.startsWith(`${key} `))) return "";
  [first, since] = [key, Date.now()];
  return "nothing";
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isBusy()) return;
  const key = keyOf(event);
  const name = key && meant(key);
  if (!name) return;
  event.preventDefault();
  if (!event.repeat || MAY_REPEAT.has(name)) many.get(name)?.() || run(name);
});

if (isMac) for (const cap of document.querySelectorAll("[data-mod]")) cap.textContent = "⌘";
