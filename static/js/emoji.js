// The emoji menu's own ways: search, what was used lately, arrow keys through the grid.
import { latelyIn } from "./lately.js";

const lately = latelyIn(localStorage, "emoji:lately", 16); // not a patient's data: which faces this browser likes

const menu = () => document.getElementById("emoji");
const recent = () => menu().querySelector("[data-emoji-recent]");
const all = () => menu().querySelector("[data-emoji-all]");
const search = () => menu().querySelector("[data-emoji-search]");
const shown = () => [...menu().querySelectorAll(".emoji-button:not([hidden])")].filter((each) => each.offsetParent);

export const useEmoji = lately.use;

function drawRecent() {
  const of = (emoji) => all().querySelector(`[data-emoji-choice="${CSS.escape(emoji)}"]`)?.cloneNode(true);
  recent().replaceChildren(...lately.all().map(of).filter(Boolean));
  recent().hidden = !recent().childElementCount;
}

function filter(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  for (const button of all().children) {
    const name = button.getAttribute("aria-label").toLowerCase();
    button.hidden = !words.every((word) => name.includes(word));
  }
  recent().hidden = words.length > 0 || !recent().childElementCount;
  menu().querySelector("[data-emoji-none]").hidden = shown().length > 0;
}

// Up and down by what stands there, so that any number of columns is right.
function below(buttons, from, step) {
  const here = buttons[from].getBoundingClientRect();
  const rows = buttons.filter((each) => Math.sign(Math.round(each.getBoundingClientRect().top - here.top)) === step);
  const near = rows.toSorted((a, b) => distance(a, here) - distance(b, here));
  return near[0] ?? null;
}

function distance(button, here) {
  const box = button.getBoundingClientRect();
  return Math.abs(box.top - here.top) * 1000 + Math.abs(box.left - here.left);
}

function walk(event) {
  const buttons = shown();
  const from = buttons.indexOf(document.activeElement);
  const isRtl = document.documentElement.dir === "rtl";
  const side = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1 }[event.key];
  const vertical = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (from < 0) {
    if (vertical !== 1) return;
    event.preventDefault();
    buttons[0]?.focus();
  } else if (side || vertical) {
    event.preventDefault();
    ((side ? buttons[from + side] : below(buttons, from, vertical)) ?? search()).focus();
  }
}

document.addEventListener("input", (event) => event.target.matches("[data-emoji-search]") && filter(event.target.value));
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#emoji")) return;
  if (event.key === "Enter" && event.target === search()) {
    event.preventDefault();
    return shown()[0]?.click();
  }
  walk(event);
});
// Before it is shown, so that it is placed by the size it will have.
document.addEventListener(
  "beforetoggle",
  (event) => {
    if (event.target !== menu() || event.newState !== "open") return;
    search().value = "";
    drawRecent();
    for (const button of all().children) button.hidden = false;
    menu().querySelector("[data-emoji-none]").hidden = true;
  },
  true,
);
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target !== menu() || event.newState !== "open") return;
    // On a touch screen the keyboard would cover the grid.
    (matchMedia("(pointer: coarse)").matches ? shown()[0] : search()).focus({ preventScroll: true });
  },
  true,
);
