// Choosing a template and filling it in, with the preview following each key.
import { composer, field } from "./composer.js";
import { folded } from "./fuzzy.js";
import { planned, setPlan } from "./later.js";
import { openConversation, post, sentenceOf, tellChanged, word } from "./page.js";
import { seen } from "./seen.js";
import { dropUpload, fileOf } from "./template_file.js";
import { tell } from "./toasts.js";
import { goToEnd } from "./way_back.js";

const picker = () => document.querySelector("[data-template-picker]");

function close() {
  dropUpload();
  picker()?.replaceChildren();
  if (field()?.offsetParent) field().focus();
  else chooser()?.focus();
}

const chooser = () => [...document.querySelectorAll("[data-choose-template]")].find((button) => button.offsetParent);

function filter(query) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  for (const item of picker().querySelectorAll(".picker-list > li")) {
    item.hidden = !words.every((each) => item.dataset.sought.includes(each));
  }
  picker().querySelector("[data-picker-none]").hidden = !words.length || visible(".picker-list > li").length > 0;
}

const visible = (what) => [...picker().querySelectorAll(what)].filter((each) => each.offsetParent);

// The arrow keys walk from the filter through the templates and back; Enter in the filter takes the first.
function walk(event) {
  const isFilter = event.target.matches("[data-picker-filter]");
  if (!isFilter && !event.target.matches(".picker-item")) return;
  const all = [picker().querySelector("[data-picker-filter]"), ...visible(".picker-item")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (isFilter && event.key === "Enter") (event.preventDefault(), all[1]?.click());
  if (step) (event.preventDefault(), all.at((all.indexOf(event.target) + step) % all.length)?.focus());
}

// "//" at a word's start, in a reply, opens the templates where it was typed.
function begin(text) {
  const before = text.value.slice(0, text.selectionStart);
  if (composer().dataset.mode !== "reply" || !/(^|\s)\/\/$/.test(before)) return;
  text.setSelectionRange(text.selectionStart - 2, text.selectionStart);
  document.execCommand("delete");
  chooser()?.click();
}

function fill(input) {
  for (const slot of picker().querySelectorAll(`[data-slot="${CSS.escape(input.dataset.fills)}"]`)) {
    slot.textContent = input.value || slot.dataset.empty;
    slot.classList.toggle("is-filled", input.value !== "");
  }
}

// The picker stays until the server has taken the message, so that a refusal loses nothing that was filled in.
async function submit(form) {
  const needsFile = form.querySelector("[data-template-file]");
  if (needsFile && !fileOf(form)) return needsFile.focus();
  const conversation = openConversation();
  const button = form.querySelector("[data-picker-send]");
  const values = [...new FormData(form)].filter(([name]) => name.startsWith("value-"));
  form.dataset.client ??= crypto.randomUUID();
  const fields = { mode: "reply", template: form.dataset.templateForm, client_id: form.dataset.client, seen: seen(), ...planned() };
  if (needsFile) fields.attachment = fileOf(form).id;
  button.disabled = true;
  const response = await post(composer().dataset.sendUrl, { ...fields, ...Object.fromEntries(values) }).catch(() => null);
  button.disabled = false;
  tellChanged(conversation); // what a 409 is about is shown now; sent when pressed again
  if (!response?.ok) return complain(form, response ? await sentenceOf(response) : word("failed"));
  if (!form.isConnected) return; // another conversation is open by now
  setPlan(null);
  close();
  goToEnd();
}

function complain(form, sentence) {
  if (form.isConnected) form.querySelector("[data-picker-error]").textContent = sentence;
  else tell(`${word("notSent")} ${sentence}`);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-template-form]")) return;
  event.preventDefault();
  submit(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-picker-filter]")) filter(event.target.value);
  if (event.target.matches("[data-fills]")) fill(event.target);
  if (event.target.matches("[data-composer-text]")) begin(event.target);
});
document.addEventListener("click", (event) => {
  const isOutside = picker()?.childElementCount && !event.target.closest("[data-template-picker], [data-choose-template]");
  if (event.target.closest("[data-picker-close]") || (isOutside && event.target.isConnected)) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picker()?.childElementCount) (event.preventDefault(), close());
  if (picker()?.contains(event.target)) walk(event);
});
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail?.ctx?.target?.id !== "template-picker") return;
  picker().querySelectorAll("[data-fills]").forEach(fill);
  const first = ["[data-first]", "[data-template-file]", "[data-wanted]", "[data-fills]", "[data-picker-send]:enabled", "button"];
  first.map((each) => picker().querySelector(each)).find(Boolean)?.focus();
});
