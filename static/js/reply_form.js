// Writing a saved reply: each language with its preview, variables at a click, and what is wrong before it is saved.
import { insert } from "./inserting.js";
import { copyOf } from "./page.js";

const VARIABLE = /\{\{\s*([\w.]+)\s*(?:\|([^{}]*))?\}\}/g;
const form = () => document.querySelector("[data-reply-form]");
const known = (name) => form().querySelector(`[data-variable="${CSS.escape(name)}"]`);
let last = null; // the text that was written in last

function piecesOf(text) {
  const pieces = [];
  let at = 0;
  for (const found of text.matchAll(VARIABLE)) {
    const mark = document.createElement("mark");
    mark.textContent = known(found[1])?.dataset.example || found[2]?.trim() || found[0];
    pieces.push(text.slice(at, found.index), mark);
    at = found.index + found[0].length;
  }
  return [...pieces, text.slice(at)];
}

function problemsOf(text) {
  const { longest, unknown, tooLong } = form().dataset;
  const names = [...text.matchAll(VARIABLE)].map((found) => found[1]).filter((name) => !known(name));
  const problems = [...new Set(names)].map((name) => unknown.replace("{name}", name));
  if (text.length > Number(longest)) problems.push(tooLong.replace("{n}", text.length - Number(longest)));
  return problems.join(" · ");
}

function show(wording) {
  const text = wording.querySelector("[data-wording-text]").value;
  wording.querySelector("[data-wording-preview]").replaceChildren(...piecesOf(text));
  const problem = wording.querySelector("[data-wording-problem]");
  const said = problemsOf(text);
  if (problem.textContent !== said) problem.textContent = said;
}

function add(select) {
  const option = select.selectedOptions[0];
  if (!option.value) return;
  const wording = copyOf("[data-wording-template]");
  const [label, text] = [wording.querySelector("label"), wording.querySelector("textarea")];
  wording.dataset.wording = option.value;
  label.textContent = option.textContent;
  label.htmlFor = text.id = text.name = `body-${option.value}`;
  form().querySelector("[data-wordings]").append(wording);
  option.remove();
  select.value = "";
  text.focus();
}

// At the caret of the text one was in, as if typed.
function put(name) {
  const text = last?.isConnected ? last : form().querySelector("[data-wording-text]");
  insert(text, `{{${name}}}`);
}

function sift(input) {
  const words = input.value.toLowerCase().split(/\s+/);
  for (const each of document.querySelectorAll(input.dataset.sifts)) {
    each.hidden = !words.every((word) => each.dataset.sought.includes(word));
  }
}

const showAll = () => form() && document.querySelectorAll("[data-wordings] [data-wording]").forEach(show);

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-wording-text]")) show(event.target.closest("[data-wording]"));
  if (event.target.matches("[data-sifts]")) sift(event.target);
});
document.addEventListener("focusin", (event) => event.target.matches("[data-wording-text]") && (last = event.target));
document.addEventListener("change", (event) => event.target.matches("[data-another-language]") && add(event.target));
document.addEventListener("click", (event) => {
  const variable = event.target.closest("[data-variable]");
  if (variable) put(variable.dataset.variable);
});
document.addEventListener("htmx:after:swap", showAll);
showAll();
