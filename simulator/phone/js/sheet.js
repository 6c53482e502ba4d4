// Questions in a sheet: choose one row of a list, or fill in a few fields.

import { byId, h } from "./dom.js";

function ask(form) {
  const sheet = byId("sheet");
  sheet.replaceChildren(form);
  sheet.showModal();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => { event.preventDefault(); sheet.close("done"); });
    sheet.addEventListener("close", () => resolve(sheet.returnValue === "done"), { once: true });
    sheet.returnValue = "";
  });
}

const cancel = () => h("button.plain-button", { type: "button", onclick: () => byId("sheet").close() }, "Cancel");

export async function chooseRow(title, sections) {
  let chosen = null;
  const row = (r) => h("button.choice", {
    type: "submit", "data-testid": "list-row", "data-row": r.id,
    onclick: () => { chosen = { id: r.id, title: r.title, ...(r.description ? { description: r.description } : {}) }; },
  }, h("b", { dir: "auto" }, r.title), r.description ? h("small", { dir: "auto" }, r.description) : "");
  const parts = sections.flatMap((s) => [s.title ? h("h3", { dir: "auto" }, s.title) : "", ...s.rows.map(row)]);
  const done = await ask(h("form", {}, h("h2", { dir: "auto" }, title), ...parts, h("div.sheet__buttons", {}, cancel())));
  return done ? chosen : null;
}

export async function askForm(title, fields) {
  const inputs = fields.map((field) => h(field.kind || "input", { name: field.name, type: field.kind ? null : field.type || "text", dir: "auto", value: field.value }));
  const labels = fields.map((field, index) => h("label", {}, field.label, inputs[index]));
  const form = h("form", {}, h("h2", { dir: "auto" }, title), ...labels,
    h("div.sheet__buttons", {}, cancel(), h("button.plain-button.plain-button--main", { type: "submit", "data-testid": "sheet-done" }, "Send")));
  return (await ask(form)) ? Object.fromEntries(inputs.map((input) => [input.name, input.value])) : null;
}
