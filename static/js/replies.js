// Answering one message: the quoted line above the field.
import { openConversation, tellDocument, word } from "./page.js";

const bar = () => document.querySelector("[data-reply-bar]");
let target = null;

export const replyTarget = () => target;

export function clearReply() {
  target = null;
  if (bar()) bar().hidden = true;
}

// `told` says what a draft quoted when its message is not on the page.
export function requote(id, told = {}) {
  const message = document.getElementById(`message-${id}`);
  const isTheirs = message ? message.matches(".is-in") : told.quotedDirection === "in";
  target = id;
  bar().querySelector("[data-reply-who]").textContent = word(isTheirs ? "patient" : "clinic");
  const text = message ? message.querySelector(".words")?.textContent : told.quoted;
  bar().querySelector("[data-reply-text]").textContent = text || message?.querySelector(".bubble").innerText.split("\n")[0] || "…";
  bar().hidden = false;
}

function quote(id) {
  requote(id);
  tellDocument("quoted");
  document.querySelector('[data-mode-button="reply"]').click();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reply]");
  if (button) quote(button.dataset.reply);
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
  if (detail.reply_to && detail.conversation === openConversation() && document.getElementById(`message-${detail.reply_to}`)) quote(detail.reply_to);
});
document.addEventListener("leaving", clearReply);
document.addEventListener("opened", clearReply);
