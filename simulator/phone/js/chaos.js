// The chaos controls, and the switches for how the world behaves when nothing is wrong.

import { call, get, post } from "./api.js";
import { byId, h, toast } from "./dom.js";
import { state } from "./state.js";

const WEBHOOKS = [["duplicate", "Delivered twice"], ["reorder", "Out of order"], ["wrong_signature", "Wrong signature first"], ["duplicate_status", "Status twice"], ["missing_status", "Status lost"]];
const SENDING = [["drop_response", "Accepted, answer dropped"], ["rate_limit_429", "Rate limit (429)"], ["http_5xx", "Bare 502"], ["hang", "Never answers"]];
const NUMBERS = [["delay_ms", "Webhooks later by (ms)"], ["batch", "Changes per webhook"], ["slow_ms", "Answers later by (ms)"]];
const CODES = [["", "none"], [131047, "131047 window closed"], [131026, "131026 undeliverable"], [131056, "131056 pair rate"], [130429, "130429 rate"], [131042, "131042 payment"], [190, "190 token"], [131000, "131000 unknown"]];
const BAD_DAY = { duplicate: 0.3, reorder: 0.4, batch: 5, wrong_signature: 0.1, drop_response: 0.1, http_5xx: 0.1, rate_limit_429: 0.1, slow_ms: 400 };

export async function drawChaos() {
  const [chaos, options] = await Promise.all([get("chaos"), get("options")]);
  byId("panel-chaos").replaceChildren(h("div.dials", {},
    h("div.dials__buttons", {}, button("Bad day", () => change(BAD_DAY)), button("Calm again", calm, "chaos-off")),
    group("Webhooks to the clinic", WEBHOOKS.map((dial) => slider(dial, chaos))),
    group("Sends from the clinic", [...SENDING.map((dial) => slider(dial, chaos)), codes("Refused with", "error", chaos), codes("Fails later with", "fail_status", chaos)]),
    group("Amounts", NUMBERS.map((dial) => amount(dial, chaos))),
    group("This patient", [
      toggle("Reads at once, even when closed", options.auto_read, (on) => post("options", { auto_read: on })),
      h("div.dials__buttons", {}, button("Close the 24-hour window", () => move("closed"), "window-close"), button("Open it", () => move("open"))),
    ]),
    group("The clinic's own phone", [h("div.dials__buttons", {}, button("Send from its app", echo))])));
}

const group = (name, dials) => h("fieldset", {}, h("legend", {}, name), dials);
const button = (label, act, id) => h("button.plain-button", { type: "button", onclick: act, "data-testid": id }, label);
const change = (values) => post("chaos", values);
const percent = (value) => `${Math.round(value * 100)} %`;

function calm() {
  return call("DELETE", "chaos");
}

function slider([name, label], chaos) {
  const shown = h("output", {}, percent(chaos[name]));
  const input = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: chaos[name], "data-testid": `chaos-${name}` });
  input.addEventListener("input", () => { shown.textContent = percent(Number(input.value)); });
  input.addEventListener("change", () => change({ [name]: Number(input.value) }));
  return h("label", {}, label, input, shown);
}

function amount([name, label], chaos) {
  const input = h("input", { type: "number", min: 0, step: name === "batch" ? 1 : 100, value: chaos[name], "data-testid": `chaos-${name}` });
  input.addEventListener("change", () => change({ [name]: Number(input.value) }));
  return h("label", {}, label, input);
}

function codes(label, name, chaos) {
  const input = h("select", { "data-testid": `chaos-${name}` }, CODES.map(([code, text]) => h("option", { value: code }, text)));
  input.value = chaos[name]?.code ?? "";
  input.addEventListener("change", () => change({ [name]: input.value ? { code: Number(input.value), p: 1 } : null }));
  return h("label", {}, label, input);
}

function toggle(label, on, act) {
  const input = h("input", { type: "checkbox", checked: on });
  input.addEventListener("change", () => act(input.checked));
  return h("label.switch", {}, label, input);
}

async function move(to) {
  if (!state.persona) return toast("Choose a patient first.");
  return post(`personas/${state.persona}/window`, { phone_number_id: state.number, state: to });
}

async function echo() {
  if (!state.persona) return toast("Choose a patient first.");
  return post("echo", { persona: state.persona, phone_number_id: state.number, type: "text", text: { body: "Sent by a colleague from the clinic's own phone." } });
}
