// Writing a template: it is saved by itself, drawn as the patient reads it, and what Meta would refuse stands beside it.
import { post } from "./page.js";
import { fitAll, told as toldButtons } from "./template_buttons.js";
import { follow, values } from "./template_examples.js";
import { draw } from "./template_preview.js";
import { forget, show, touch } from "./template_problems.js";

const QUIET = 700; // after the last key
const AGAIN = 5000;
const form = () => document.querySelector("[data-template-form]");
const ACCEPTED = { IMAGE: "image/jpeg,image/png", VIDEO: "video/mp4,video/3gpp", DOCUMENT: "application/pdf" };
let timer = 0;
let change = 0; // counts what was typed, so that an answer knows whether it is about the newest
let saved = 0;
let picture = null;
let returnsTo = "";
let going = Promise.resolve(); // one after the other: an older save may not overtake a newer one
let asking = null;

const say = (text) => {
  const box = document.querySelector("[data-template-saved]");
  if (box && box.textContent !== text) box.textContent = text;
};

function save({ keepalive = false } = {}) {
  clearTimeout(timer);
  if (!keepalive) return (going = going.then(() => saveNow()));
  asking?.abort(); // the page goes: what is newest leaves at once
  return saveNow({ keepalive });
}

async function saveNow(options) {
  const [asked, about] = [form(), change];
  if (!asked || about === saved) return;
  say(asked.dataset.saving);
  asking = new AbortController();
  const response = await post(asked.dataset.save, new FormData(asked), { ...options, signal: asking.signal }).catch(() => null);
  if (form() !== asked) return;
  const told = await response?.json().catch(() => null);
  if (!response?.ok) return fail(asked, response, told);
  saved = Math.max(saved, about);
  if (about !== change) return;
  say(told.saved);
  show(asked, told.problems);
}

function fail(asked, response, told) {
  say(told?.sentence ?? asked.dataset.unsaved);
  if (!response || response.status >= 500) timer = setTimeout(save, AGAIN);
}

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
  draw(document.querySelector("[data-template-preview]"), { ...told, buttons: toldButtons(), values: values() }, picture);
}

function begin() {
  const written = form();
  if (!written || written.dataset.isReady) return;
  written.dataset.isReady = "true";
  [change, saved] = [0, 0];
  forget();
  refresh(written);
  show(written, JSON.parse(written.dataset.problems), { focuses: "checked" in written.dataset });
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
  change += 1;
  refresh(written);
  clearTimeout(timer);
  timer = setTimeout(save, QUIET);
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-sample]") || !event.target.files.length) return;
  if (picture) URL.revokeObjectURL(picture);
  picture = event.target.files[0].type.startsWith("image/") ? URL.createObjectURL(event.target.files[0]) : null;
  clearTimeout(timer);
  returnsTo = "[data-sample]";
  document.getElementById("sample-form").requestSubmit();
});
// What leaves the page takes what was typed along; what is submitted or thrown away is not saved behind it.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-template-submit]")) (clearTimeout(timer), asking?.abort());
  else if (form() && event.target.closest("[data-opens], a[href]")) save({ keepalive: true });
});
addEventListener("pagehide", () => save({ keepalive: true }));
addEventListener("online", () => save());
document.addEventListener("htmx:after:swap", () => {
  const isNew = form() && !form().dataset.isReady;
  begin();
  if (isNew) goOn(form());
});
begin();
