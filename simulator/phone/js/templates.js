// The templates of the chosen clinic, and the reviewer's decisions.

import { get, post } from "./api.js";
import { byId, h } from "./dom.js";
import { currentNumber } from "./state.js";

export async function drawTemplates() {
  const number = currentNumber();
  const { templates } = await get(number ? `templates?waba_id=${number.waba_id}` : "templates");
  const waiting = (t) => (t.status === "PENDING" ? 0 : 1);
  const rows = templates.sort((a, b) => waiting(a) - waiting(b)).map(entry);
  byId("panel-templates").replaceChildren(rows.length ? h("ul.templates", {}, rows) : h("p", {}, "Templates appear here once a clinic is connected."));
}

function entry(template) {
  const body = template.components.find((c) => c.type === "BODY");
  return h("li", { "data-testid": `template-${template.name}-${template.language}` },
    h("h3", {}, h("span", {}, template.name), h("small", {}, `${template.language}, ${template.category.toLowerCase()}`),
      h("span.state", { "data-state": template.status }, template.status.toLowerCase())),
    h("p", { dir: "auto" }, body?.text || ""),
    h("div.dials__buttons", {}, decisions(template)));
}

function decisions(template) {
  const options = { APPROVED: "Approve", REJECTED: "Reject", PAUSED: "Pause" };
  const fitting = { PENDING: ["APPROVED", "REJECTED"], APPROVED: ["PAUSED", "REJECTED"] }[template.status] || ["APPROVED"];
  return fitting.map((status) => h("button.plain-button", {
    type: "button", "data-testid": `decide-${status}`, onclick: () => post(`templates/${template.id}/status`, { status }),
  }, options[status]));
}
