// The attach menu: samples of every kind, a file of one's own, and the rarer things a patient can do.

import { byId, h, icon } from "./dom.js";
import { SAMPLE_PLACE } from "./choices.js";
import { openPopup } from "./popup.js";
import { askForm } from "./sheet.js";

const CONTACT = { name: { formatted_name: "Ada Sample", first_name: "Ada", last_name: "Sample" }, phones: [{ phone: "+1 202 555 0147", wa_id: "12025550147", type: "CELL" }] };

const USUAL = [
  ["Photo", "photo", { type: "image", image: { sample: true } }],
  ["Video", "film", { type: "video", video: { sample: true } }],
  ["Voice note", "mic", { type: "audio", audio: { sample: true, voice: true } }],
  ["Document", "file", { type: "document", document: { sample: true } }],
  ["Sticker", "smile", { type: "sticker", sticker: { sample: true } }],
  ["Location", "place", { type: "location", location: SAMPLE_PLACE }],
  ["Contact", "person", { type: "contacts", contacts: [CONTACT] }],
];

const RARE = [
  ["Write STOP", "close", { type: "text", text: { body: "STOP" } }],
  ["Forwarded text", "reply", { type: "text", text: { body: "Please read this" }, forwarded: true }],
  ["Order", "cart", { type: "order", order: { sample: true } }],
  ["Poll (unsupported)", "list", { type: "unsupported", unsupported: { type: "poll" } }],
  ["Opens the chat first", "smile", { type: "request_welcome" }],
  ["New user id", "person", { type: "system", system: { type: "user_changed_user_id" } }],
];

export function openAttachMenu(button, parent, send) {
  const sample = ([label, symbol, message]) => h("button", {
    type: "button", role: "menuitem", "data-testid": `attach-${message.type}`, onclick: () => send(message),
  }, icon(symbol), label);
  const own = h("button", { type: "button", role: "menuitem", "data-testid": "attach-file", onclick: () => byId("file").click() }, icon("clip"), "My own file…");
  const number = h("button", { type: "button", role: "menuitem", onclick: () => changeNumber(send) }, icon("phone"), "New number…");
  const menu = h("div.menu.menu--attach", { role: "menu", "data-testid": "attach-menu" }, USUAL.map(sample), own,
    h("h3", {}, "Less usual"), RARE.map(sample), number);
  openPopup(button, menu, parent);
}

async function changeNumber(send) {
  const values = await askForm("New number", [{ name: "wa_id", label: "Number, with its country code", value: "12025550198" }]);
  if (values) await send({ type: "system", system: { type: "user_changed_number", wa_id: values.wa_id } });
}
