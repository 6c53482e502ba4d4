// The buttons of a template: added, moved (Alt and the arrow keys too), removed; each with the fields of its kind.
import { copyOf } from "./page.js";

const list = () => document.querySelector("[data-template-buttons]");
const rows = () => [...list().querySelectorAll("[data-template-button]")];
const kindOf = (row) => row.querySelector("[data-button-kind]").value;
const field = (row, name) => row.querySelector(`[name="button-${name}"]`);

// What a row's fields hold, as the preview needs it.
export const told = () =>
  rows().map((row) => ({ kind: kindOf(row), text: kindOf(row) === "COPY_CODE" ? list().dataset.copyCode : field(row, "text").value }));

function fit(row) {
  const kind = kindOf(row);
  for (const part of row.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind);
  const [value, example] = [field(row, "value"), field(row, "example")];
  const as = { URL: "link", PHONE_NUMBER: "phone", COPY_CODE: "code" }[kind];
  if (as) {
    value.placeholder = value.dataset[as];
    value.setAttribute("aria-label", value.dataset[`${as}Name`]);
  }
  if (kind === "URL") example.parentElement.hidden = !/\{\{\s*\w+\s*\}\}/.test(value.value);
}

// Only as many of each kind as WhatsApp takes.
function limit(form) {
  const all = rows();
  for (const add of form.querySelectorAll("[data-add-button]")) {
    const same = all.filter((row) => kindOf(row) === add.dataset.addButton).length;
    add.disabled = all.length >= Number(list().dataset.most) || same >= Number(add.dataset.most);
  }
  all.forEach((row, index) => {
    row.querySelector("[data-button-up]").disabled = index === 0;
    row.querySelector("[data-button-down]").disabled = index === all.length - 1;
  });
}

export function fitAll(form) {
  rows().forEach(fit);
  limit(form);
}

const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

function add(kind) {
  const row = copyOf("[data-button-template]");
  row.querySelector("[data-button-kind]").value = kind;
  list().append(row);
  changed(list());
  (kind === "COPY_CODE" ? field(row, "value") : field(row, "text")).focus();
}

function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  changed(list());
  (next?.querySelector("[data-button-remove]") ?? document.querySelector("[data-add-button]:enabled"))?.focus();
}

// The focus stays on what was pressed, or goes to its twin when that has come to an end.
function move(row, step) {
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  const focused = document.activeElement;
  if (step < 0) other.before(row);
  else other.after(row);
  changed(list());
  if (focused.disabled) row.querySelector(step < 0 ? "[data-button-down]" : "[data-button-up]").focus();
  else focused.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-button], [data-button-up], [data-button-down], [data-button-remove]");
  if (!button) return;
  const row = button.closest("[data-template-button]");
  if (button.dataset.addButton) add(button.dataset.addButton);
  else if (button.matches("[data-button-remove]")) remove(row);
  else move(row, button.matches("[data-button-up]") ? -1 : 1);
});
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-template-button]");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!row || !step || !event.altKey) return;
  event.preventDefault();
  move(row, step);
});
