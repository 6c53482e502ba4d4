// The list of patients.

import { byId, clock, h, initials, tint } from "./dom.js";
import { chatOf, state, unreadIn } from "./state.js";
import { summary } from "./words.js";

export function drawPeople(open) {
  const lastAt = (persona) => chatOf(persona.id).at(-1)?.timestamp || 0;
  const latestFirst = [...state.personas].sort((a, b) => lastAt(b) - lastAt(a));
  const focused = document.activeElement?.dataset?.persona;
  byId("people").replaceChildren(...latestFirst.map((persona) => h("li", {}, row(persona, open))));
  if (focused) byId("people").querySelector(`[data-persona="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function row(persona, open) {
  const last = chatOf(persona.id).at(-1);
  const unread = persona.id === state.persona ? 0 : unreadIn(persona.id);
  const line = last ? `${last.inbound ? "You: " : ""}${summary(last)}` : persona.about || persona.phone || persona.username || "";
  return h("button.person", {
    type: "button", "data-testid": `persona-${persona.id}`, "data-persona": persona.id,
    "aria-current": persona.id === state.persona ? "true" : null, onclick: () => open(persona.id),
  },
  h("span.avatar", { "aria-hidden": "true", "data-tint": tint(persona.id) }, initials(persona.name)),
  h("span.person__name", {}, h("bdi", {}, persona.name || "No name")),
  h("span.person__time", {}, last ? clock(last.timestamp) : ""),
  h("span.person__line", {}, h("bdi", {}, line)),
  unread ? h("span.person__unread", { "aria-label": `${unread} unread` }, String(unread)) : "");
}

export function drawNumbers() {
  const select = byId("number");
  const options = state.numbers.map((n) => h("option", {
    value: n.phone_number_id, selected: n.phone_number_id === state.number ? true : null,
  }, n.verified_name));
  if (!options.length) options.push(h("option", { value: "" }, "no clinic yet"));
  select.replaceChildren(...options);
  select.disabled = state.numbers.length < 2;
}
