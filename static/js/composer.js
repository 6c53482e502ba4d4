// Writing and sending: the bubble appears at once, the server's own takes its place.
import { openConversation, parse, post, sentenceOf, tellDocument, word, workspace } from "./page.js";
import { patch } from "./reconcile.js";
import { append, goToEnd } from "./thread.js";
import { clearUploads, uploadsReady } from "./uploads.js";
import { clearReply, replyTarget } from "./replies.js";

export const composer = () => document.querySelector("[data-composer]");
export const field = () => document.querySelector("[data-composer-text]");
const queues = new Map(); // conversation -> the send that is under way; one after the other keeps their order
const TRY_AGAIN_AFTER = 8000; // milliseconds; sooner when the line is seen to be back
let again = 0;
export const waiting = new Map(); // client id -> what could not be sent yet

export function setMode(mode) {
  const box = composer();
  if (!box) return;
  if (box.dataset.mode !== mode) {
    tellDocument("mode", { from: box.dataset.mode, to: mode });
    box.dataset.mode = mode;
  }
  for (const button of box.querySelectorAll("[data-mode-button]")) {
    button.setAttribute("aria-pressed", button.dataset.modeButton === mode);
  }
  const text = field();
  text.dataset.placeholderReply ??= text.placeholder;
  text.placeholder = mode === "note" ? text.dataset.placeholderNote : text.dataset.placeholderReply;
  refuse("");
}

export function refuse(sentence) {
  const line = document.querySelector("[data-line-refusal]");
  if (!line) return;
  line.hidden = !sentence;
  line.querySelector("[data-sentence]").textContent = sentence;
}

// What leaves now: one message per file, the text as the caption of the first that can carry one.
function collect() {
  const mode = composer().dataset.mode;
  const text = field().value.trim();
  if (mode === "note") return text ? [{ mode, text }] : [];
  const files = uploadsReady();
  const reply = replyTarget();
  const parts = files.map((file) => ({ mode, text: "", attachment: file.id, file }));
  const captioned = parts.find((part) => ["image", "video", "document"].includes(part.file.kind));
  if (text && captioned) captioned.text = text;
  else if (text) parts.push({ mode, text });
  if (reply && parts.length) parts[0].reply_to = reply;
  return parts;
}

function submit() {
  if (uploadsReady() === null) return refuse(word("sendNow"));
  const parts = collect();
  if (!parts.length) return field().focus();
  const url = composer().dataset.sendUrl;
  const conversation = openConversation();
  for (const part of parts) send(conversation, url, { ...part, client_id: crypto.randomUUID() });
  field().value = "";
  clearUploads();
  clearReply();
  refuse("");
  goToEnd();
  tellDocument("sent", { conversation });
  field().focus();
}

export function send(conversation, url, part) {
  const bubble = draw(part);
  append(bubble);
  goToEnd();
  enqueue(conversation, () => deliver(conversation, url, part, bubble));
}

function enqueue(conversation, work) {
  const after = (queues.get(conversation) ?? Promise.resolve()).then(work);
  queues.set(conversation, after);
}

async function deliver(conversation, url, part, bubble) {
  let response;
  const { file, ...fields } = part;
  try {
    response = await post(url, fields);
  } catch {
    return wait(conversation, url, part, bubble);
  }
  if (response.status >= 500) return wait(conversation, url, part, bubble);
  waiting.delete(part.client_id);
  if (response.ok) return settle(bubble, part, parse(`<ol>${await response.text()}</ol>`));
  takeBack(conversation, part, bubble, await sentenceOf(response));
}

function settle(bubble, part, page) {
  const fresh = page.querySelector("[data-message]");
  const drawn = document.getElementById(fresh.id);
  if (drawn && drawn !== bubble) return bubble.remove(); // the hint was quicker
  if (bubble.isConnected) patch(bubble, fresh);
  tellDocument("changed", { topics: [`conversation-${openConversation()}`] });
}

// Refused: nothing was sent, so the words go back to where they were written.
function takeBack(conversation, part, bubble, sentence) {
  bubble.remove();
  if (openConversation() !== conversation) {
    return tellDocument("returned", { conversation, mode: part.mode, text: part.text });
  }
  refuse(sentence);
  if (part.text) field().value = [part.text, field().value].filter(Boolean).join("\n");
  tellDocument("typed");
  field().focus();
}

// No connection: the bubble stays and says so; the same id makes sure that it is sent once.
function wait(conversation, url, part, bubble) {
  waiting.set(part.client_id, { conversation, url, part, bubble });
  clearTimeout(again);
  again = setTimeout(tryAgain, TRY_AGAIN_AFTER);
  if (bubble.querySelector(".failure")) return;
  bubble.append(document.getElementById("pending-failure").content.cloneNode(true));
}

export function tryAgain() {
  for (const { conversation, url, part, bubble } of [...waiting.values()]) {
    waiting.delete(part.client_id);
    bubble.querySelector(".failure")?.remove();
    enqueue(conversation, () => deliver(conversation, url, part, bubble));
  }
}

function draw(part) {
  const name = part.mode === "note" ? "pending-note" : "pending-message";
  const element = document.getElementById(name).content.firstElementChild.cloneNode(true);
  element.dataset.client = part.client_id;
  element.querySelector("[data-text]").textContent = part.text;
  const now = new Date();
  element.querySelector("[data-time]").textContent = now.toTimeString().slice(0, 5);
  if (part.file) showFile(element.querySelector("[data-file]"), part.file);
  return element;
}

function showFile(box, file) {
  if (file.preview) {
    const image = new Image();
    image.src = file.preview;
    image.alt = word("photo");
    box.className = "picture";
    box.append(image);
  } else box.textContent = file.filename;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-composer-form]")) return;
  event.preventDefault();
  submit();
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-composer-text]") || event.isComposing) return;
  const isPhone = matchMedia("(pointer: coarse)").matches;
  if (event.key === "Enter" && !event.shiftKey && !isPhone) {
    event.preventDefault();
    submit();
  }
});

// Typing shows the patient that an answer is coming; WhatsApp keeps the sign for 25 seconds.
let typedAt = 0;
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-composer-text]")) return;
  refuse("");
  tellDocument("typed");
  const isReply = composer().dataset.mode === "reply" && composer().dataset.window === "open";
  if (!isReply || Date.now() - typedAt < 20_000 || !event.target.value.trim()) return;
  typedAt = Date.now();
  post(workspace().dataset.typingUrl).catch(() => {});
});

document.addEventListener("click", async (event) => {
  const mode = event.target.closest("[data-mode-button]");
  if (mode) (setMode(mode.dataset.modeButton), field().focus());
  if (event.target.closest("[data-try-again]")) tryAgain();
  const retry = event.target.closest("[data-retry]");
  if (!retry) return;
  retry.disabled = true;
  try {
    const response = await post(retry.dataset.retry, { client_id: retry.dataset.client ??= crypto.randomUUID() });
    if (!response.ok) refuse(await sentenceOf(response));
    tellDocument("changed", { topics: [`conversation-${openConversation()}`] });
  } catch {
    refuse(word("failed"));
  } finally {
    retry.disabled = false;
  }
});

// Bubbles that still wait are shown again when their conversation is.
document.addEventListener("opened", () => {
  for (const { conversation, bubble } of waiting.values()) if (conversation === openConversation()) append(bubble);
});
addEventListener("online", tryAgain);
addEventListener("beforeunload", (event) => waiting.size && event.preventDefault());
