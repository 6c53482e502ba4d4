// What is known of a patient, corrected in place: saved as a field is left, with an honest word beside it.
import { get, parse, post, sentenceOf, word } from "./page.js";
import { refreshPanel } from "./panel.js";

const TOLD_FOR = 3000;

function say(form, text, isWrong = false) {
  const note = form.querySelector("[data-saved]");
  note.classList.toggle("is-wrong", isWrong);
  note.textContent = text;
  if (text && !isWrong) setTimeout(() => note.textContent === text && (note.textContent = ""), TOLD_FOR);
}

const isChoice = (input) => input.matches("select");
const savedValue = (input) =>
  isChoice(input) ? ([...input.options].find((each) => each.defaultSelected)?.value ?? "") : input.defaultValue;

function keep(input) {
  if (isChoice(input)) for (const option of input.options) option.defaultSelected = option.selected;
  else input.defaultValue = input.value;
}

// The new value stays before the eyes while it is on its way; what failed stays too, and says so.
async function save(input) {
  if (input.value === savedValue(input)) return settle(input);
  const { form, value } = input;
  const response = await post(form.dataset.saves, { [input.name]: value }).catch(() => null);
  if (input.value !== value) return; // typed on meanwhile; that will be saved when it is left
  if (!response?.ok) return fail(input, response);
  keep(input);
  settle(input);
  say(form, word("saved"));
  tellWho(input);
}

async function fail(input, response) {
  input.setAttribute("aria-invalid", "true");
  input.form.classList.add("is-unsaved");
  const why = response ? await sentenceOf(response) : word("offline");
  say(input.form, `${word("notSaved")}: ${why}`, true);
}

function settle(input) {
  input.removeAttribute("aria-invalid");
  input.form.classList.remove("is-unsaved");
  say(input.form, "");
}

// The name stands above the thread too; the server's own drawing follows with the hint.
function tellWho(input) {
  const head = input.id === "contact-name" && input.value && document.querySelector(".head-name bdi");
  if (head) head.textContent = input.value;
}

async function show(button) {
  const page = parse(await get(button.dataset.shows));
  const form = page.querySelector("form");
  form.classList.add("is-asked");
  button.closest("form").replaceWith(form);
  form.elements.value?.focus();
}

async function addNote(form) {
  const text = form.elements.text.value.trim();
  if (!text) return form.elements.text.focus();
  const response = await post(form.dataset.addsNote, { text }).catch(() => null);
  if (!response?.ok) return say(form, `${word("notSaved")}: ${response ? await sentenceOf(response) : word("offline")}`, true);
  form.elements.text.value = "";
  form.elements.text.blur();
  say(form, word("saved"));
  await refreshPanel();
  document.getElementById("new-note")?.focus({ preventScroll: true });
}

async function deleteNote(button) {
  const form = button.closest("form");
  const response = await post(button.dataset.deletesNote, { text: "" }).catch(() => null);
  if (!response?.ok) return say(form, response ? await sentenceOf(response) : word("offline"), true);
  document.getElementById("new-note")?.focus({ preventScroll: true });
  form.closest("li").remove();
}

// The browser knows the names of all time zones; a page need not carry them.
function offerZones() {
  if (document.getElementById("time-zones")) return;
  const list = document.createElement("datalist");
  list.id = "time-zones";
  list.append(...Intl.supportedValuesOf("timeZone").map((name) => new Option(name)));
  document.body.append(list);
}

document.addEventListener("change", (event) => event.target.closest("[data-saves]") && save(event.target));
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-adds-note]")) (event.preventDefault(), addNote(event.target));
  if (!event.target.matches("[data-saves]")) return;
  event.preventDefault();
  document.activeElement.blur();
});
document.addEventListener("keydown", (event) => {
  const input = event.target.closest?.("[data-saves] :is(input, textarea), [data-adds-note] textarea");
  if (!input) return;
  const isDone = event.metaKey || event.ctrlKey || (input.matches("[data-one-line]") && !event.isComposing);
  if (event.key === "Enter" && isDone) (event.preventDefault(), input.form.requestSubmit());
  if (event.key !== "Escape" || !input.form.matches("[data-saves]") || input.value === savedValue(input)) return;
  event.preventDefault(); // what was there before comes back
  input.value = savedValue(input);
  settle(input);
});
document.addEventListener("click", (event) => {
  const hidden = event.target.closest("[data-shows]");
  if (hidden) show(hidden).catch(() => say(hidden.closest("form"), word("failed"), true));
  const gone = event.target.closest("[data-deletes-note]");
  if (gone) deleteNote(gone);
});
document.addEventListener("focusin", (event) => event.target.matches?.("[data-zones]") && offerZones());
// Somebody else's change that came while a part was being typed in shows when it is left.
let looking = 0;
document.addEventListener("focusout", (event) => {
  if (!event.target.closest?.("#panel form")) return;
  for (const form of document.querySelectorAll("#panel .is-asked")) {
    if (!form.contains(event.relatedTarget)) form.classList.remove("is-asked");
  }
  clearTimeout(looking);
  if (!event.relatedTarget?.closest("#panel")) looking = setTimeout(() => refreshPanel().catch(() => {}), 400);
});
