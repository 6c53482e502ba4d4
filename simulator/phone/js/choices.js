// The buttons under a message of the clinic, and what a tap on each sends.

import { h, icon, toast } from "./dom.js";
import { send } from "./outgoing.js";
import { askForm, chooseRow } from "./sheet.js";

export function buttonsOf(message) {
  if (message.inbound) return "";
  const buttons = message.rendered ? templateButtons(message) : interactiveButtons(message);
  return buttons.length ? h("div.buttons", {}, buttons) : "";
}

function button(label, symbol, act, id) {
  return h("button", { type: "button", "data-testid": "choice", "data-choice": id, onclick: act }, symbol ? icon(symbol) : "", h("span", { dir: "auto" }, label));
}

/** Quick replies and reply buttons can be tapped once; after that they stay grey. */
const tapped = new Set();
function once(message, label, id, act) {
  const element = button(label, "reply", async () => {
    tapped.add(`${message.wamid}/${id}`);
    element.disabled = true;
    await act();
  }, id);
  element.disabled = tapped.has(`${message.wamid}/${id}`);
  return element;
}

function templateButtons(message) {
  return (message.rendered.buttons || []).map((b, index) => {
    const reply = { reply_to: message.wamid };
    if (b.type === "QUICK_REPLY") {
      return once(message, b.text, index, () => send({ type: "button", button: { payload: b.payload, text: b.text }, ...reply }));
    }
    if (b.type === "URL") return button(b.text, "link", () => toast(`Would open ${b.url}`), index);
    if (b.type === "PHONE_NUMBER") return button(b.text, "phone", () => toast(`Would call ${b.phone_number}`), index);
    if (b.type === "COPY_CODE") return button(b.text || "Copy the code", "copy", () => toast(`Code: ${b.code}`), index);
    if (b.type === "FLOW") return button(b.text, "form", () => answerFlow(message, b.flow_token, b.text), index);
    if (b.type === "REQUEST_CONTACT_INFO") return button(b.text || "Share my number", "person", () => shareContact(message), index);
    return button(b.text || b.type, "", () => toast("This button does nothing here."), index);
  });
}

function interactiveButtons(message) {
  const content = message.content || {};
  const action = content.action || {};
  const reply = { reply_to: message.wamid };
  switch (message.type === "interactive" && content.type) {
    case "button":
      return action.buttons.map(({ reply: b }) => once(message, b.title, b.id, () =>
        send({ type: "interactive", interactive: { type: "button_reply", button_reply: { id: b.id, title: b.title } }, ...reply })));
    case "list":
      return [button(action.button, "list", async () => {
        const row = await chooseRow(action.button, action.sections);
        if (row) await send({ type: "interactive", interactive: { type: "list_reply", list_reply: row }, ...reply });
      }, "list")];
    case "cta_url":
      return [button(action.parameters.display_text, "link", () => toast(`Would open ${action.parameters.url}`), "url")];
    case "location_request_message":
      return [button("Send location", "place", () => send({ type: "location", location: SAMPLE_PLACE, ...reply }), "location")];
    case "flow":
      return [button(action.parameters.flow_cta, "form", () => answerFlow(message, action.parameters.flow_token, action.parameters.flow_cta), "flow")];
    case "address_message":
      return [button("Give the address", "form", () => answerAddress(message), "address")];
    case "request_contact_info":
      return [button("Share my number", "person", () => shareContact(message), "contact")];
    default:
      return [];
  }
}

export const SAMPLE_PLACE = { latitude: 51.4779, longitude: -0.0015, name: "Sample Park, Gate 2", address: "1 Example Lane" };

async function answerFlow(message, token, title) {
  const answers = await askForm(title || "Form", [
    { name: "full_name", label: "Full name", value: "Nora Example" },
    { name: "date", label: "Preferred date", type: "date" },
    { name: "reason", label: "Reason for the visit", kind: "textarea" },
  ]);
  if (!answers) return;
  const response = { ...(token ? { flow_token: token } : {}), ...answers };
  await send({ type: "interactive", interactive: { type: "nfm_reply", nfm_reply: { name: "flow", body: "Sent", response } }, reply_to: message.wamid });
}

async function answerAddress(message) {
  const values = await askForm("Address", [{ name: "name", label: "Name" }, { name: "address", label: "Street" }, { name: "city", label: "City" }]);
  if (!values) return;
  const nfm = { name: "address_message", body: "Sent", response: { saved_address_id: null, values } };
  await send({ type: "interactive", interactive: { type: "nfm_reply", nfm_reply: nfm }, reply_to: message.wamid });
}

function shareContact(message) {
  return send({ type: "contacts", reply_to: message.wamid, contacts: [{ origin: "contact_request", phones: [{ phone: "+1 202 555 0168", wa_id: "12025550168", type: "CELL" }] }] });
}
