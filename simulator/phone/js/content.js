// What is inside a bubble, by type.

import { mediaUrl, post } from "./api.js";
import { drawing, h, icon } from "./dom.js";
import { state } from "./state.js";
import { summary } from "./words.js";

export function content(message) {
  if (message.rendered) return template(message.rendered);
  const draw = TYPES[message.type];
  return draw ? draw(message.content || {}, message) : h("span.bubble__text.bubble__text--gone", {}, summary(message));
}

const text = (body) => (body ? h("div.bubble__text", { dir: "auto" }, body) : "");

function picture(file) {
  if (!file.id) return linked(file, "photo", "Photo by link");
  return h("img.picture", { src: mediaUrl(file.id), alt: file.caption || "Photo" });
}

function film(file) {
  if (!file.id) return linked(file, "film", "Video by link");
  return h("video", { src: mediaUrl(file.id), controls: true, preload: "metadata", playsinline: true });
}

function sound(file, message) {
  if (!file.id) return linked(file, "mic", "Sound by link");
  const player = h("audio", { src: mediaUrl(file.id), controls: true, preload: "metadata" });
  if (message && !message.inbound) {
    player.addEventListener("play", () => post(`personas/${state.persona}/played`, { message_id: message.wamid }), { once: true });
  }
  return player;
}

function paper(file) {
  if (!file.id) return linked(file, "file", file.filename || "Document by link");
  return h("a.card", { href: mediaUrl(file.id), download: file.filename || "document" }, icon("file"),
    h("b", { dir: "auto" }, file.filename || "Document"), h("small", {}, file.mime_type || "Document"));
}

function linked(file, symbol, name) {
  return h("div.card", {}, icon(symbol), h("b", {}, name), h("small", {}, file.link || ""));
}

function place(location) {
  const map = drawing("0 0 300 92", "map", [
    ["rect", { width: 300, height: 92 }], ["path", { d: "M0 70 C90 40 150 90 300 30" }], ["path", { d: "M70 0 L110 92" }],
    ["path", { d: "M210 0 C200 40 240 60 230 92" }], ["circle", { cx: 150, cy: 46, r: 8 }],
  ], "Map");
  return h("div.card.card--map", {}, map, h("b", { dir: "auto" }, location.name || "Location"),
    h("small", { dir: "auto" }, location.address || `${location.latitude}, ${location.longitude}`));
}

function people(contacts) {
  return contacts.map((contact) => h("div.card", {}, icon("person"),
    h("b", { dir: "auto" }, contact.name?.formatted_name || "Contact"),
    h("small", {}, [contact.org?.company, contact.phones?.[0]?.phone || contact.emails?.[0]?.email].filter(Boolean).join(" · "))));
}

function order(content) {
  const count = (content.product_items || []).reduce((sum, item) => sum + item.quantity, 0);
  return h("div", {}, h("div.card", {}, icon("cart"), h("b", {}, `${count} items`), h("small", {}, content.catalog_id || "")), text(content.text));
}

function head(header) {
  if (!header) return "";
  if (header.type === "text") return h("div.bubble__head", { dir: "auto" }, header.text);
  return { image: picture, video: film, document: paper, location: place }[header.type]?.(header[header.type] || {}) || "";
}

function template(rendered) {
  return [head(rendered.header), text(rendered.body), rendered.footer ? h("div.bubble__foot", { dir: "auto" }, rendered.footer) : ""];
}

function interactive(content) {
  if (content.button_reply || content.list_reply) {
    const reply = content.button_reply || content.list_reply;
    return [text(reply.title), reply.description ? h("div.bubble__foot", { dir: "auto" }, reply.description) : ""];
  }
  if (content.nfm_reply) return h("div.card", {}, icon("form"), h("b", {}, "Form answered"), h("small", {}, content.nfm_reply.name || "flow"));
  if (content.call_permission_reply) return text(summary({ type: "interactive", content }));
  return [head(content.header), text(content.body?.text), content.footer ? h("div.bubble__foot", { dir: "auto" }, content.footer.text) : ""];
}

const captioned = (draw) => (file, message) => [draw(file, message), text(file.caption)];

const TYPES = {
  text: (content) => text(content.body),
  button: (content) => text(content.text),
  image: captioned(picture),
  video: captioned(film),
  document: captioned(paper),
  audio: sound,
  sticker: (file) => (file.id ? h("img.sticker", { src: mediaUrl(file.id), alt: "Sticker" }) : linked(file, "smile", "Sticker by link")),
  location: place,
  contacts: people,
  order,
  interactive,
};
