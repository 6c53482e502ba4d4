// The chat itself: bubbles in order, kept at the bottom unless the reader has scrolled up.

import { byId, day, h } from "./dom.js";
import { messageElement } from "./bubble.js";
import { chatOf, state } from "./state.js";

const GROUP_S = 120;
let typingTimer;
let atEnd = true;

export function drawThread() {
  const thread = byId("thread");
  const chat = chatOf(state.persona);
  thread.replaceChildren(...chat.flatMap((message, index) => pieces(chat, message, index)));
  if (!chat.length) thread.append(h("li.thread__note", {}, "Nothing here yet. Write something, as this patient would."));
  toBottom();
}

function pieces(chat, message, index) {
  const before = chat[index - 1];
  const newDay = !before || day(before.timestamp) !== day(message.timestamp);
  const item = messageElement(message, grouping(chat, index));
  return newDay ? [h("li.thread__day", {}, day(message.timestamp)), item] : [item];
}

function grouping(chat, index) {
  const joins = (a, b) => a && b && a.inbound === b.inbound && Math.abs(a.timestamp - b.timestamp) < GROUP_S;
  return { first: !joins(chat[index - 1], chat[index]), last: !joins(chat[index], chat[index + 1]) };
}

/** Draw one message anew, or add it at the end. */
export function drawMessage(message, isNew) {
  const thread = byId("thread");
  const chat = chatOf(state.persona);
  const index = chat.findIndex((m) => m.wamid === message.wamid);
  const old = thread.querySelector(`[data-wamid="${CSS.escape(message.wamid)}"]`);
  if (old && !isNew) {
    const focused = old.contains(document.activeElement);
    const fresh = messageElement(message, grouping(chat, index));
    if (keepPlaying(old, fresh)) return;
    old.replaceWith(fresh);
    if (focused) fresh.querySelector("button")?.focus();
    return;
  }
  if (!message.inbound) hideTyping();
  thread.querySelector(".thread__note")?.remove();
  [...thread.querySelectorAll(".message")].at(-1)?.toggleAttribute("data-last", grouping(chat, index - 1).last);
  thread.append(...pieces(chat, message, index));
  if (atEnd || message.inbound) toBottom();
}

/** Pictures grow when they load; whoever was at the end stays there. */
export function bindThread() {
  const thread = byId("thread");
  thread.addEventListener("scroll", () => { atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80; });
  for (const kind of ["load", "loadedmetadata"]) {
    thread.addEventListener(kind, () => { if (atEnd) toBottom(); }, true);
  }
}

/** A changed tick must not stop a voice note that is playing: only the facts are taken over. */
function keepPlaying(old, fresh) {
  const player = old.querySelector("audio, video");
  if (!player || player.paused) return false;
  old.dataset.status = fresh.dataset.status;
  old.querySelector(".bubble__meta").replaceWith(fresh.querySelector(".bubble__meta"));
  return true;
}

export function toBottom() {
  const thread = byId("thread");
  thread.scrollTop = thread.scrollHeight;
  atEnd = true;
}

export function showTyping(seconds) {
  hideTyping();
  byId("thread").append(h("li.typing", { "data-testid": "typing", "aria-label": "The clinic is typing" }, h("i"), h("i"), h("i")));
  byId("clinic-line").textContent = "typing…";
  byId("clinic-line").dataset.typing = "";
  typingTimer = setTimeout(hideTyping, seconds * 1000);
  toBottom();
}

export function hideTyping() {
  clearTimeout(typingTimer);
  byId("thread").querySelector(".typing")?.remove();
  const line = byId("clinic-line");
  if ("typing" in line.dataset) {
    delete line.dataset.typing;
    line.textContent = line.dataset.rest || "";
  }
}
