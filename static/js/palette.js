// Ctrl-K: everything that can be done here, and every patient one sees. What was used last stands first.
import { commands, nameOf } from "./commands.js";
import { score } from "./fuzzy.js";
import { holdsMod, keyOf } from "./key_names.js";
import { latelyIn } from "./lately.js";
import { copyOf, openConversation } from "./page.js";
import { findPatients } from "./patients.js";
import { choosePointed } from "./pointing.js";

const MOST = 40;
const KEPT = 12;
const PAUSE = 120; // milliseconds without typing before the server is asked for patients
const dialog = document.getElementById("palette");
const field = dialog?.querySelector("[data-palette-field]");
const list = dialog?.querySelector("[data-palette-list]");
const used = latelyIn(localStorage, `commands:${document.body.dataset.member ?? ""}`, KEPT);
let all = [];
let people = [];
let shown = [];
let at = 0;
let asking = null;
let pause = 0;

function openPalette() {
  if (!dialog || document.querySelector("dialog[open]")) return;
  document.querySelector(".menu:popover-open")?.hidePopover();
  [all, people, field.value] = [commands(), [], ""];
  dialog.showModal();
  show();
  askForPeople();
}

function ranked(query) {
  const recent = used.all();
  const late = (each) => (recent.includes(nameOf(each)) ? 1 - recent.indexOf(nameOf(each)) / KEPT : 0);
  const scored = all.map((each) => ({ ...each, score: score(query, nameOf(each)) + late(each) }));
  const hits = query ? scored.filter((each) => score(query, nameOf(each)) > 0) : scored;
  return hits.sort((one, other) => other.score - one.score);
}

// Patients come first once they are asked for by name; without a word those opened last stand below what was done last.
function show() {
  const query = field.value.trim();
  const hits = ranked(query);
  const first = query ? [] : hits.splice(0, Math.min(used.all().length, 5));
  shown = [...first, ...people, ...hits].slice(0, MOST);
  if (query && hits[0]?.score >= 4) shown = [hits[0], ...people, ...hits.slice(1)].slice(0, MOST);
  list.replaceChildren(...shown.map(draw));
  point(0);
  const nothing = dialog.querySelector("[data-palette-nothing]");
  nothing.hidden = shown.length > 0 || asking !== null;
  nothing.textContent = dialog.dataset.nothing;
  dialog.querySelector("[data-palette-count]").textContent = shown.length ? dialog.dataset.found.replace("{n}", shown.length) : dialog.dataset.nothing;
}

function draw(entry, number) {
  const item = copyOf("#palette-entry");
  item.id = `palette-${number}`;
  item.querySelector(".palette-title").textContent = entry.title;
  item.querySelector(".palette-kind").textContent = entry.kind;
  const cap = item.querySelector("kbd");
  cap.hidden = !entry.key;
  cap.textContent = (entry.key ?? "").replace("shift+", "⇧");
  return item;
}

function point(number) {
  const before = list.children[at];
  at = Math.min(Math.max(number, 0), Math.max(shown.length - 1, 0));
  choosePointed(field, before, list.children[at]);
}

function take(number) {
  const entry = shown[number];
  if (!entry) return;
  if (!entry.isPerson) used.use(nameOf(entry));
  dialog.close(); // the focus goes back first, so that what the command opens gives it back there in turn
  entry.run();
}

async function askForPeople() {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const query = field.value.trim();
    const found = await findPatients(dialog.dataset.peopleUrl, query, mine);
    people = found.filter((link) => query || !isOpen(link)).map(person); // without a word: somebody else than who is open
  } catch {
    if (mine.signal.aborted) return;
    people = []; // without a line the rest still works
  }
  if (asking !== mine) return;
  asking = null;
  const before = shown[at];
  show();
  const again = at === 0 ? -1 : shown.findIndex((each) => before && nameOf(each) === nameOf(before));
  if (again > 0) point(again);
}

const isOpen = (link) => link.getAttribute("href").split("/")[2] === openConversation();

function person(link) {
  const href = link.getAttribute("href");
  return {
    title: link.textContent,
    kind: [dialog.dataset.patients, link.dataset.more].filter(Boolean).join(" · "),
    isPerson: true,
    run: () => (document.getElementById("workspace") ? openHere(href) : location.assign(href)),
  };
}

function openHere(href) {
  const link = Object.assign(document.createElement("a"), { href });
  link.dataset.open = "";
  document.getElementById("inbox").append(link);
  link.click();
  link.remove();
}

field?.addEventListener("input", () => {
  asking?.abort(); // it was asked with other words
  people = [];
  show();
  clearTimeout(pause);
  pause = setTimeout(askForPeople, PAUSE);
});
field?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (!step && event.key !== "Enter") return;
  event.preventDefault();
  if (step) point(Math.abs(step) === 1 ? (at + step + shown.length) % shown.length : at + step);
  else take(at);
});
list?.addEventListener("click", (event) => take([...list.children].indexOf(event.target.closest("li"))));
dialog?.addEventListener("close", () => (asking?.abort(), clearTimeout(pause)));

document.addEventListener("click", (event) => event.target.closest("[data-palette-open]") && openPalette());
document.addEventListener("keydown", (event) => {
  if (!holdsMod(event) || event.shiftKey || keyOf(event) !== "k") return;
  event.preventDefault();
  if (dialog?.open) dialog.close();
  else openPalette();
});
