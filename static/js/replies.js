// What is answered: the patient's message that a reply quotes, or the note that a note answers; a line above the field.
import { composer } from "./composer.js";
import { announce, openConversation, tellDocument, word } from "./page.js";

const bar = () => document.querySelector("[data-reply-bar]");
const mode = () => composer()?.dataset.mode ?? "reply";
const targets = {}; // mode -> { id, who, text }

export const replyTarget = (of = mode()) => targets[of]?.id ?? null;

function show() {
  if (!bar()) return;
  const { who = "", text = "" } = targets[mode()] ?? {};
  bar().hidden = !targets[mode()];
  bar().querySelector("[data-reply-who]").textContent = who;
  bar().querySelector("[data-reply-text]").textContent = text;
  const stop = bar().querySelector("[data-reply-stop]");
  stop.ariaLabel = stop.title = mode() === "note" ? stop.dataset.stopNote : stop.dataset.stopReply;
}

export function clearReply(of = mode()) {
  delete targets[of];
  show();
}

function forget() {
  for (const each of Object.keys(targets)) delete targets[each];
  show();
}

// `told` says what a draft quoted when its message is not on the page.
export function requote(id, told = {}, of = mode()) {
  const message = document.getElementById(`message-${id}`);
  const isTheirs = message ? message.matches(".is-in") : told.quotedDirection === "in";
  const name = message?.querySelector("[data-note-by]")?.textContent || told.quotedBy || word("clinic");
  const who = of === "note" ? word("answerTo", { name }) : word(isTheirs ? "patient" : "clinic");
  const text = message ? message.querySelector(".words")?.textContent : told.quoted;
  targets[of] = { id, who, text: text || message?.querySelector(".bubble")?.innerText.split("\n")[0] || "…" };
  show();
}

function quote(id, of) {
  document.querySelector(`[data-mode-button="${of}"]`).click();
  requote(id);
  tellDocument("quoted");
}

function answer(id) {
  quote(id, "note");
  announce(targets.note.who);
}

// The note or message in which the focus is; false when there is none that can be answered.
export function answerFocused() {
  const at = document.activeElement.closest?.(".note, .message");
  const message = at?.querySelector("[data-reply]");
  if (message) quote(message.dataset.reply, "reply");
  else if (at?.matches(".note")) answer(at.dataset.message);
  else return false;
  return true;
}

export function answerLast() {
  const note = [...document.querySelectorAll("#messages > .note:not(.is-pending)")].at(-1);
  if (note) answer(note.dataset.message);
}

// Escape in an answer to a note leads back to that note; what was written stays, and stays its answer.
export function leaveAnswer(field) {
  if (!field.matches("[data-composer-text]") || mode() !== "note" || !targets.note) return false;
  const button = document.querySelector(`#message-${targets.note.id} [data-answer]`);
  if (!field.value.trim()) (clearReply(), tellDocument("quoted"));
  button?.focus();
  return Boolean(button);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reply]");
  if (button) quote(button.dataset.reply, "reply");
  const note = event.target.closest("[data-answer]");
  if (note) answer(note.dataset.answer);
  if (event.target.closest("[data-reply-stop]")) (clearReply(), tellDocument("quoted"));
});
// Touch: the first tap on a bubble shows what can be done with it.
document.addEventListener("click", (event) => {
  const tapped = event.target.closest(".bubble") && !event.target.closest("a, button, input, video, details");
  const message = tapped ? event.target.closest(".message") : null;
  for (const other of document.querySelectorAll(".message.is-tapped")) if (other !== message) other.classList.remove("is-tapped");
  message?.classList.toggle("is-tapped");
});
document.addEventListener("returned", ({ detail }) => {
  if (detail.reply_to && detail.conversation === openConversation() && document.getElementById(`message-${detail.reply_to}`)) quote(detail.reply_to, detail.mode);
});
// Who has answered sees the whole thread.
let answered = null;
document.addEventListener("settled", ({ detail: { part } }) => part.mode === "note" && (answered = part.reply_to ?? answered));
document.addEventListener("drawn", () => {
  const thread = document.getElementById(`answers-${answered}`);
  if (thread) [thread.open, answered] = [true, null];
});
document.addEventListener("mode", () => queueMicrotask(show)); // once the mode has changed
document.addEventListener("leaving", forget);
document.addEventListener("opened", forget);
