// One message as an element: its frame, quote, content, ticks, reactions and buttons.

import { clock, drawing, h, icon } from "./dom.js";
import { buttonsOf } from "./choices.js";
import { content } from "./content.js";
import { openMenu } from "./message_menu.js";
import { summary } from "./words.js";
import { currentNumber } from "./state.js";

export function messageElement(message, { first, last }) {
  const direction = message.inbound ? "patient" : "business";
  const bare = message.type === "sticker" && !message.revoked;
  const bubble = h(bare ? "div.bubble.bubble--bare" : "div.bubble", {},
    message.forwarded ? h("div.bubble__label", {}, "Forwarded") : "",
    message.echo ? h("div.bubble__label", {}, "Sent from the clinic's phone") : "",
    message.referral ? advert(message.referral) : "",
    message.quoted ? quote(message.quoted) : "",
    message.revoked ? h("span.bubble__text.bubble__text--gone", {}, "This message was deleted") : content(message),
    meta(message),
    message.error ? h("div.bubble__failed", {}, `Not delivered: ${message.error.title} (${message.error.code})`) : "");
  const more = h("button.icon-button.message__more", { type: "button", "aria-label": "More", "aria-expanded": "false", "data-testid": "message-menu" }, icon("down"));
  more.addEventListener("click", () => openMenu(more, message));
  return h("li.message", {
    "data-testid": "message", "data-wamid": message.wamid, "data-status": message.status, "data-type": message.type,
    "data-direction": direction, "data-first": first, "data-last": last,
  }, bubble, message.revoked ? "" : buttonsOf(message), reactions(message), more);
}

function quote(quoted) {
  const author = quoted.inbound ? "You" : currentNumber()?.verified_name || "Clinic";
  const block = h("button.quote", { type: "button" }, h("b", { dir: "auto" }, author), h("span", { dir: "auto" }, summary(quoted)));
  block.addEventListener("click", () => {
    document.querySelector(`[data-wamid="${CSS.escape(quoted.wamid)}"]`)?.scrollIntoView({ block: "center" });
  });
  return block;
}

function advert(referral) {
  return h("div.advert", {}, h("small", {}, "From an advertisement"), h("b", { dir: "auto" }, referral.headline || ""),
    h("span", { dir: "auto" }, referral.body || ""));
}

function meta(message) {
  return h("div.bubble__meta", {}, message.edited ? h("span", {}, "edited") : "", h("time", {}, clock(message.timestamp)),
    message.inbound ? ticks(message.status) : "");
}

const LABELS = { sent: "Sent", delivered: "Received by the clinic", read: "Read by the clinic" };

function ticks(status) {
  const two = status !== "sent";
  const shapes = [["path", { d: "M1.500 7.500l3 3L11 3" }]];
  if (two) shapes.push(["path", { d: "M8.300 9.800l.8.7L16 3" }]);
  const svg = drawing("0 0 18 13", "ticks", shapes, LABELS[status] || status);
  svg.toggleAttribute("data-read", status === "read");
  return svg;
}

function reactions(message) {
  const emojis = Object.values(message.reactions);
  return emojis.length ? h("div.reactions", { "data-testid": "reactions" }, emojis.join(" ")) : "";
}
