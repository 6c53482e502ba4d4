// Choosing a template and filling it in, with the preview following each key.
import { composer } from "./composer.js";
import { openConversation, post, sentenceOf, tellDocument, word } from "./page.js";
import { goToEnd } from "./thread.js";
import { push } from "./uploads.js";

const picker = () => document.querySelector("[data-template-picker]");
let file = null;

function close() {
  file = null;
  picker()?.replaceChildren();
  document.querySelector("[data-choose-template]:not([hidden])")?.focus();
}

function filter(query) {
  const words = query.toLowerCase().split(/\s+/);
  for (const item of picker().querySelectorAll(".picker-list > li")) {
    const text = item.textContent.toLowerCase();
    item.hidden = !words.every((each) => text.includes(each));
  }
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
  if (needsFile && !file) return needsFile.focus();
  const button = form.querySelector("[data-picker-send]");
  const values = [...new FormData(form)].filter(([name]) => name.startsWith("value-"));
  form.dataset.client ??= crypto.randomUUID();
  const fields = { mode: "reply", template: form.dataset.templateForm, client_id: form.dataset.client };
  if (file) fields.attachment = file.id;
  button.disabled = true;
  const response = await post(composer().dataset.sendUrl, { ...fields, ...Object.fromEntries(values) }).catch(() => null);
  button.disabled = false;
  if (!response?.ok) return complain(form, response ? await sentenceOf(response) : word("failed"));
  close();
  goToEnd();
  tellDocument("changed", { topics: [`conversation-${openConversation()}`] });
}

function complain(form, sentence) {
  form.querySelector("[data-picker-error]").textContent = sentence;
}

async function chooseFile(button) {
  const input = Object.assign(document.createElement("input"), { type: "file" });
  input.addEventListener("change", async () => {
    const name = button.querySelector("[data-template-file-name]");
    name.textContent = input.files[0].name;
    try {
      file = await push(input.files[0], (percent) => (name.textContent = `${Math.round(percent)} %`)).done;
      name.textContent = file.filename;
    } catch (sentence) {
      complain(button.form, sentence);
    }
  });
  input.click();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-template-form]")) return;
  event.preventDefault();
  submit(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-picker-filter]")) filter(event.target.value);
  if (event.target.matches("[data-fills]")) fill(event.target);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-template-file]");
  if (button) chooseFile(button);
  const isOutside = picker()?.childElementCount && !event.target.closest("[data-template-picker], [data-choose-template]");
  if (event.target.closest("[data-picker-close]") || (isOutside && event.target.isConnected)) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picker()?.childElementCount) (event.stopPropagation(), close());
});
document.addEventListener("htmx:after:swap", () => picker()?.querySelector("[data-first], .picker-item, button")?.focus());
