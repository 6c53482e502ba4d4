// What is on its way: the bubble appears at once, the server's own takes its place; without a line it waits.
import { openConversation, parse, post, sentenceOf, tellDocument, word } from "./page.js";
import { patch } from "./reconcile.js";
import { revisionOf } from "./drafts.js";
import { seen } from "./seen.js";
import { abide, ask } from "./stale.js";
import { append, goToEnd } from "./thread.js";

const TRY_AGAIN_AFTER = 8000; // milliseconds; sooner when the line is seen to be back
const queues = new Map(); // conversation -> the send that is under way; one after the other keeps their order
const waiting = new Map(); // client id -> what could not be sent yet
const going = new Map(); // client id -> what the server has not taken yet, for whatever reason
let again = 0;

export function send(conversation, url, part) {
  part.written = performance.now();
  if (part.mode === "reply") part.seen ??= seen();
  if (part.text) part.draft = revisionOf(conversation, part.mode);
  going.set(part.client_id, { conversation, part });
  const bubble = draw(part);
  if (conversation === openConversation()) (append(bubble), goToEnd()); // another may be open by now
  enqueue(conversation, () => deliver(conversation, url, part, bubble));
}

export const isGoing = (client) => going.has(client);
export const areGoing = (conversation, mode, text) =>
  [...going.values()].some((each) => each.conversation === conversation && each.part.mode === mode && each.part.text === text.trim());

function enqueue(conversation, work) {
  const after = (queues.get(conversation) ?? Promise.resolve()).then(work);
  queues.set(conversation, after);
}

async function deliver(conversation, url, part, bubble) {
  if (!abide(conversation, part)) return takeBack(conversation, part, bubble, "");
  let response;
  const { file, written, ...fields } = part;
  try {
    response = await post(url, fields);
  } catch {
    return wait(conversation, url, part, bubble);
  }
  if (response.status >= 500) return wait(conversation, url, part, bubble);
  waiting.delete(part.client_id);
  if (response.status === 409) {
    await ask(conversation, part, bubble, await sentenceOf(response));
    return deliver(conversation, url, part, bubble);
  }
  going.delete(part.client_id);
  if (response.ok) tellDocument("settled", { conversation, part });
  if (response.ok) return settle(bubble, part, parse(`<ol>${await response.text()}</ol>`));
  takeBack(conversation, part, bubble, await sentenceOf(response));
}

function settle(bubble, part, page) {
  const fresh = page.querySelector("[data-message]");
  if (!fresh) return (bubble.remove(), changed()); // it waits for its time, or was taken back
  const drawn = document.getElementById(fresh.id);
  if (drawn && drawn !== bubble) return bubble.remove(); // the hint was quicker
  if (bubble.isConnected) patch(bubble, fresh);
  changed();
}

const changed = () => tellDocument("changed", { topics: [`conversation-${openConversation()}`] });

// Refused: nothing was sent, so the words go back to where they were written.
function takeBack(conversation, part, bubble, sentence) {
  bubble.remove();
  going.delete(part.client_id);
  const plan = part.send_at && { send_at: part.send_at, stops: "stops_on_reply" in part, shown: part.send_at.replace("T", " ") };
  const files = part.file ? [part.file] : [];
  tellDocument("returned", { conversation, mode: part.mode, text: part.text, sentence, plan, files, reply_to: part.reply_to });
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

document.addEventListener("click", (event) => event.target.closest("[data-try-again]") && tryAgain());
// Bubbles that still wait are shown again when their conversation is.
document.addEventListener("opened", () => {
  for (const { conversation, bubble } of waiting.values()) if (conversation === openConversation()) append(bubble);
});
addEventListener("online", tryAgain);
addEventListener("beforeunload", (event) => waiting.size && event.preventDefault());
