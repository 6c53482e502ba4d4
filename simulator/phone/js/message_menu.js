// The menu of one message: react, reply, and for one's own edit and delete.

import { h, icon } from "./dom.js";
import { quoteMessage } from "./composer.js";
import { send } from "./outgoing.js";
import { askForm } from "./sheet.js";
import { openPopup } from "./popup.js";

const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

export function openMenu(button, message) {
  const entries = [h("div.menu__emojis", {}, EMOJIS.map((emoji) => reactionButton(message, emoji))), entry("Reply", "reply", () => quoteMessage(message))];
  if (message.inbound) {
    if (message.type === "text") entries.push(entry("Edit", "pen", () => edit(message)));
    entries.push(entry("Delete for everyone", "bin", () => send({ type: "revoke", revoke: { original_message_id: message.wamid } })));
  }
  const menu = h("div.menu", { role: "menu", "data-testid": "menu" }, entries);
  openPopup(button, menu, button.closest(".message"));
  const thread = document.getElementById("thread").getBoundingClientRect();
  menu.classList.toggle("menu--up", menu.getBoundingClientRect().bottom > thread.bottom);
}

function entry(label, symbol, act) {
  return h("button", { type: "button", role: "menuitem", onclick: act }, icon(symbol), label);
}

function reactionButton(message, emoji) {
  const mine = message.reactions.patient === emoji;
  return h("button", {
    type: "button", role: "menuitem", "aria-label": mine ? `Take back ${emoji}` : `React with ${emoji}`,
    onclick: () => send({ type: "reaction", reaction: { message_id: message.wamid, emoji: mine ? "" : emoji } }),
  }, emoji);
}

async function edit(message) {
  const values = await askForm("Edit the message", [{ name: "body", label: "Text", value: message.content.body }]);
  if (!values) return;
  const edited = { type: "text", text: { body: values.body } };
  await send({ type: "edit", edit: { original_message_id: message.wamid, message: edited } });
}
