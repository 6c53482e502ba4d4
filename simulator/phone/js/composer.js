// Writing: text, the quoted message, files.

import { upload } from "./api.js";
import { byId, icon, toast } from "./dom.js";
import { openAttachMenu } from "./attach.js";
import { bindRecorder } from "./recorder.js";
import { send } from "./outgoing.js";
import { currentNumber } from "./state.js";
import { summary } from "./words.js";

let quoted = null;

export function bindComposer() {
  const text = byId("text");
  byId("send").append(icon("send"));
  byId("mic").append(icon("mic"));
  byId("attach").append(icon("clip"));
  byId("quote-cancel").append(icon("close"));
  text.addEventListener("input", resize);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); sendText(); }
    if (event.key === "Escape") quoteMessage(null);
  });
  byId("composer").addEventListener("submit", (event) => { event.preventDefault(); sendText(); });
  byId("quote-cancel").addEventListener("click", () => quoteMessage(null));
  byId("attach").addEventListener("click", () => openAttachMenu(byId("attach"), byId("composer"), sendQuoted));
  byId("file").addEventListener("change", (event) => { sendFile(event.target.files[0]); event.target.value = ""; });
  bindRecorder(sendQuoted);
}

function resize() {
  const text = byId("text");
  text.rows = Math.min(6, text.value.split("\n").length);
  const filled = text.value.trim() !== "";
  byId("send").hidden = !filled;
  byId("mic").hidden = filled;
}

async function sendText() {
  const text = byId("text");
  const body = text.value.trim();
  if (!body) return;
  text.value = "";
  resize();
  await sendQuoted({ type: "text", text: { body } });
}

/** Send with the quoted message as its context, and let go of the quote. */
export async function sendQuoted(message) {
  const context = quoted ? { reply_to: quoted.wamid } : {};
  quoteMessage(null);
  return send({ ...message, ...context });
}

export function quoteMessage(message) {
  quoted = message;
  byId("quote").hidden = !message;
  if (!message) return;
  byId("quote-author").textContent = message.inbound ? "You" : currentNumber()?.verified_name || "Clinic";
  byId("quote-text").textContent = summary(message);
  setTimeout(() => byId("text").focus());
}

async function sendFile(file) {
  if (!file) return;
  const kind = ["image", "video", "audio"].find((k) => file.type.startsWith(`${k}/`)) || "document";
  toast(`Sending ${file.name}…`);
  const stored = await upload(file, file.name, file.type || "application/octet-stream");
  const more = kind === "document" ? { filename: file.name } : {};
  await sendQuoted({ type: kind, [kind]: { id: stored.id, ...more } });
}
