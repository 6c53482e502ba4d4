// Finding in one conversation, further back than is drawn: Ctrl-F here, a second time for the browser's own.
import { holdsMod, keyOf } from "./key_names.js";
import { markWords } from "./marks.js";
import { showAnew } from "./opening.js";
import { openConversation, post, scroller, word, workspace } from "./page.js";
import { jumpTo } from "./thread.js";

const PAUSE = 200;
const box = document.getElementById("find");
const field = box.querySelector("[data-find-field]");
const count = box.querySelector("[data-find-count]");
let ids = [];
let at = -1;
let more = false;
let asking = null;
let pause = 0;
let jumping = null;

function show() {
  box.hidden = false;
  field.focus();
  field.select();
}

function hide() {
  if (box.hidden) return;
  const hadFocus = box.contains(document.activeElement);
  box.hidden = true;
  clear();
  field.value = "";
  if (hadFocus) scroller()?.focus({ preventScroll: true });
}

function clear() {
  asking?.abort();
  [ids, at, more, count.textContent] = [[], -1, false, ""];
  markWords("");
}

async function find() {
  clear();
  const q = field.value.trim();
  const conversation = openConversation();
  if (!q || !conversation) return;
  const mine = (asking = new AbortController());
  try {
    const told = await (await post(`${workspace().dataset.address}find/`, { q }, mine)).json();
    if (openConversation() !== conversation || asking !== mine) return;
    [ids, more] = [told.found, told.more];
    markWords(told.sought);
    if (told.problems.length) count.textContent = told.problems.join(" ");
    else if (ids.length) go(0);
    else count.textContent = box.dataset.nothing;
  } catch (problem) {
    if (problem.name !== "AbortError") count.textContent = word("failed");
  }
}

async function go(to) {
  if (!ids.length) return;
  at = (to + ids.length) % ids.length;
  count.textContent = box.dataset.of.replace("{n}", at + 1).replace("{all}", `${ids.length}${more ? "+" : ""}`);
  if (jumpTo(ids[at])) return;
  jumping = openConversation();
  await showAnew(`${workspace().dataset.address}?message=${ids[at]}`);
  jumping = null;
  field.focus({ preventScroll: true });
}

field.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(find, PAUSE);
});
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") hide();
  else if (event.key === "Enter" && event.target === field) go(at + (event.shiftKey ? -1 : 1));
  else return;
  event.preventDefault();
});
box.addEventListener("click", (event) => {
  const step = event.target.closest("[data-find-step]");
  if (step) go(at + Number(step.dataset.findStep));
  if (event.target.closest("[data-find-close]")) hide();
});
document.addEventListener("click", (event) => event.target.closest("[data-find-open]") && show());
document.addEventListener("keydown", (event) => {
  if (!holdsMod(event) || event.shiftKey || keyOf(event) !== "f" || !openConversation()) return;
  const isAllDrawn = !document.getElementById("older") && !document.getElementById("newer");
  if (!box.hidden || isAllDrawn || document.querySelector("dialog[open]")) return hide();
  event.preventDefault();
  show();
});
document.addEventListener("leaving", hide);
document.addEventListener("opened", ({ detail }) => detail.conversation !== jumping && hide());
