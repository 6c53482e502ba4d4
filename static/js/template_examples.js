// Each variable of a template with its example: a row comes as the variable is written, and goes with it.
import { insert } from "./inserting.js";
import { copyOf } from "./page.js";
import { variablesOf } from "./template_preview.js";

const box = () => document.querySelector("[data-examples]");
const rows = () => box().querySelector("[data-example-rows]");
const held = new Map(); // what was given for a variable that is gone, should it come back
const chip = (name) => document.querySelector(`[data-put="${CSS.escape(name)}"]`);
const isNamed = (form) => form.elements.parameter_format.value === "named";
let last = null; // the text that was written in last

const keysOf = (form) => [
  ...(form.elements.header.value === "TEXT" ? variablesOf(form.elements.header_text.value).map((name) => `header.${name}`) : []),
  ...variablesOf(form.elements.body.value).map((name) => `body.${name}`),
];

export const values = () =>
  Object.fromEntries([...rows().querySelectorAll("input")].map((input) => [input.name.replace("example-", ""), input.value.trim()]));

function rowOf(key) {
  const row = copyOf("[data-example-template]");
  const [input, name] = [row.querySelector("input"), key.slice(key.indexOf(".") + 1)];
  row.dataset.exampleRow = key;
  input.id = input.name = `example-${key}`;
  input.value = held.get(key) ?? chip(name)?.dataset.example ?? "";
  row.querySelector("[data-problem]").dataset.problem = `examples.${key}`;
  return row;
}

function name(row) {
  const key = row.dataset.exampleRow;
  const [where, variable] = [key.slice(0, key.indexOf(".")), key.slice(key.indexOf(".") + 1)];
  const label = chip(variable)?.textContent.trim() ?? `{{${variable}}}`;
  row.querySelector("label").textContent = where === "header" ? `${label} · ${box().dataset.headWord}` : label;
  row.querySelector("label").htmlFor = `example-${key}`;
}

// Rows for the variables there are, in their order; those that stay keep the focus.
export function follow(form) {
  const keys = keysOf(form);
  const present = new Map([...rows().children].map((row) => [row.dataset.exampleRow, row]));
  for (const [key, row] of present) {
    if (keys.includes(key)) continue;
    held.set(key, row.querySelector("input").value);
    row.remove();
  }
  keys.forEach((key, index) => {
    const row = present.get(key) ?? rowOf(key);
    if (rows().children[index] !== row) rows().insertBefore(row, rows().children[index] ?? null);
    name(row);
  });
  box().hidden = keys.length === 0;
}

function free(form) {
  const taken = variablesOf(`${form.elements.header_text.value} ${form.elements.body.value}`);
  const stem = isNamed(form) ? "value_" : "";
  let number = 1;
  while (taken.includes(`${stem}${number}`)) number += 1;
  return `${stem}${number}`;
}

// At the caret of the text one was in, as if typed; the name of one of their own is marked, to be typed over.
function put(button) {
  const form = button.closest("form");
  const text = last?.isConnected && last.offsetParent ? last : form.elements.body;
  const known = isNamed(form) ? button.dataset.put : "";
  const variable = known || free(form);
  const part = text.dataset.varied;
  if (button.dataset.example) held.set(`${part}.${variable}`, held.get(`${part}.${variable}`) || button.dataset.example);
  insert(text, `{{${variable}}}`);
  if (known || !isNamed(form)) return;
  const end = text.selectionEnd - 2;
  text.setSelectionRange(end - variable.length, end);
}

document.addEventListener("focusin", (event) => event.target.matches("[data-varied]") && (last = event.target));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-put]");
  if (button) put(button);
});
