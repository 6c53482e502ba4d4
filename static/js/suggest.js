// Offers while one types: a list above the field after a sign such as / or @. The field keeps the focus throughout.
import { composer, field } from "./composer.js";
import { insert } from "./inserting.js";
import { get, openConversation } from "./page.js";
import { active, hide, isDrawn, move, show, shown } from "./suggest_box.js";

const FRESH = 20_000; // milliseconds for which a fetched list is good
const offers = []; // { sign, url, label, mode?, preview?, chosen? }
const fetched = new Map(); // sign -> { conversation, at, html }
let open = null; // { offer, start, query }
let dismissed = -1; // where a list was closed with Esc: it stays closed there

export const offer = (told) => offers.push(told);

// The sign before the caret, at a word's start, and what was typed after it.
function asked() {
  const text = field();
  if (text.selectionStart !== text.selectionEnd) return null;
  const found = text.value.slice(0, text.selectionStart).match(/(?:^|[\s(])([/@])((?:[^\s/@][^\n/@]{0,40})?)$/u);
  const told = found && offers.find((each) => each.sign === found[1] && (!each.mode || each.mode === composer().dataset.mode));
  return told ? { offer: told, query: found[2], start: text.selectionStart - found[2].length - 1 } : null;
}

async function look() {
  const now = asked();
  if (!now || now.start === dismissed) return close();
  dismissed = -1;
  const isNew = !open || open.offer !== now.offer || open.start !== now.start;
  open = now;
  const conversation = openConversation(); // another one may be open when the answer comes: its patient is another
  const known = fetched.get(now.offer.sign);
  const isKnown = known?.conversation === conversation;
  if (isKnown) draw(known.html);
  if (!isNew || (isKnown && Date.now() - known.at < FRESH)) return;
  try {
    const html = await get(composer().dataset[now.offer.url]);
    fetched.set(now.offer.sign, { conversation, at: Date.now(), html });
    if (openConversation() === conversation && open?.offer === now.offer) draw(html);
  } catch {
    if (!isDrawn()) close(); // without a line one writes on as before
  }
}

function draw(html) {
  if (!show(open.offer, html, open.query)) close();
}

function close() {
  open = null;
  hide();
}

function choose(item) {
  const { offer: told, start } = open;
  const text = field();
  text.focus();
  text.setSelectionRange(start, text.selectionStart);
  insert(text, item.dataset.insert);
  close();
  told.chosen?.(item, start);
}

// Before the composer and the keys hear of it.
function press(event) {
  if (!open || event.target !== field() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const isTaking = ["Enter", "Tab"].includes(event.key);
  if (isTaking && (event.shiftKey || !active() || active().hidden)) return close();
  const step = (by) => () => move(by, open.offer);
  const acts = { ArrowDown: step(1), ArrowUp: step(-1), Enter: () => choose(active()), Escape: dismiss };
  const act = acts[event.key === "Tab" ? "Enter" : event.key];
  if (!act || (event.key.startsWith("Arrow") && !shown().length)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}

function dismiss() {
  dismissed = open.start;
  close();
}

document.addEventListener("keydown", press, true);
document.addEventListener("input", (event) => event.target.matches("[data-composer-text]") && look());
document.addEventListener("pointerdown", (event) => event.target.closest("[data-suggest-box]") && !event.target.closest("a") && event.preventDefault());
document.addEventListener("click", (event) => {
  const item = event.target.closest(".suggest-item");
  if (item) return choose(item);
  const button = event.target.closest("[data-suggest-open]");
  if (button) return begin(button.dataset.suggestOpen);
  if (open && !event.target.closest("[data-suggest], [data-composer-text]")) close();
});

// The button does what typing the sign does.
function begin(sign) {
  const text = field();
  text.focus();
  const before = text.value.slice(0, text.selectionStart);
  dismissed = -1;
  insert(text, /(^|[\s(])$/.test(before) ? sign : ` ${sign}`);
}

for (const name of ["leaving", "opened", "sent", "mode"]) document.addEventListener(name, () => ((dismissed = -1), close()));
