// Writing a template: it is saved by itself, drawn as the patient reads it, and what Meta would refuse stands beside it.
import { fitAll, told as toldButtons } from "./template_buttons.js";
import { follow, values } from "./template_examples.js";
import { draw } from "./template_preview.js";
import { forget, show, touch } from "./template_problems.js";
import { begun, changed, form, handIn } from "./template_saves.js";

const ACCEPTED = { IMAGE: "image/jpeg,image/png", VIDEO: "video/mp4,video/3gpp", DOCUMENT: "application/pdf" };
let returnsTo = "";

function count(input) {
  const box = input.parentElement.querySelector(".template-count") ?? input.parentElement.appendChild(counter());
  const text = `${input.value.length}/${input.maxLength}`;
  if (box.textContent !== text) box.textContent = text;
  box.classList.toggle("is-full", input.value.length >= input.maxLength);
}

const counter = () => {
  const box = Object.assign(document.createElement("span"), { className: "template-count" });
  box.setAttribute("aria-hidden", "true"); // the field says its limit itself
  return box;
};

function refresh(written) {
  const { header, header_text, body, footer } = written.elements;
  for (const part of written.querySelectorAll("[data-head]")) part.hidden = !part.dataset.head.split(" ").includes(header.value);
  const file = written.querySelector("[data-sample]");
  if (file) file.accept = ACCEPTED[header.value] ?? "";
  fitAll(written);
  written.querySelectorAll("[data-counts]").forEach(count);
  follow(written);
  const told = { header: header.value, headerText: header_text.value, body: body.value, footer: footer.value };
  const { sampleHeader, sampleUrl, sampleName } = written.dataset;
  const sample = sampleHeader === header.value && sampleUrl ? { url: sampleUrl, name: sampleName } : null;
  draw(document.querySelector("[data-template-preview]"), { ...told, buttons: toldButtons(), values: values(), sample });
}

function begin() {
  const written = form();
  if (!written || written.dataset.isReady) return;
  written.dataset.isReady = "true";
  forget();
  refresh(written);
  show(written, JSON.parse(written.dataset.problems), { focuses: "checked" in written.dataset });
  begun(written);
}

// Where one goes on after the page was shown anew: what was said of it, the words, the file, or the language's tab.
function goOn(written) {
  if ("checked" in written.dataset) return;
  const isSaid = document.querySelector(".is-writing .settings-state > *");
  const isEmpty = !written.elements.body.value && !written.elements.body.matches(":disabled");
  const next = isSaid ? ".template-stands" : returnsTo || (isEmpty ? "#template-body" : "[data-template-tab][aria-current]");
  returnsTo = "";
  document.querySelector(next)?.focus();
}

function simplified(input) {
  const plain = input.value.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "_");
  if (plain === input.value) return;
  const at = input.selectionStart;
  input.value = plain;
  input.setSelectionRange(at, at);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-template-name]")) simplified(event.target);
  const written = event.target.closest("[data-template-form]");
  if (!written || event.target.matches("[type=file]")) return;
  touch(event.target);
  refresh(written);
  changed();
});
document.addEventListener("unsampled", () => {
  const written = form();
  if (!written.dataset.sampleUrl) return;
  delete written.dataset.sampleUrl;
  for (const each of written.querySelectorAll("[data-sample-kept]")) each.remove();
  refresh(written);
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-sample]") || !event.target.files.length) return;
  handIn();
  returnsTo = "[data-sample]";
  document.getElementById("sample-form").requestSubmit();
});
document.addEventListener("htmx:after:swap", () => {
  const isNew = form() && !form().dataset.isReady;
  begin();
  if (isNew) goOn(form());
});
begin();
