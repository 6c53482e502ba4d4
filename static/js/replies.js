// Answering one message: the quoted line above the field.
import { openConversation, word } from "./page.js";

const bar = () => document.querySelector("[data-reply-bar]");
let target = null;

export const replyTarget = () => target;

export function clearReply() {
  target = null;
  if (bar()) bar().hidden = true;
}

function quote(id) {
  const message = document.getElementById(`message-${id}`);
  target = id;
  bar().querySelector("[data-reply-who]").textContent = word(message.matches(".is-in") ? "patient" : "clinic");
  const text = message.querySelector(".words")?.textContent;
  bar().querySelector("[data-reply-text]").textContent = text || message.querySelector(".bubble").innerText.split("\n")[0];
  bar().hidden = false;
  document.querySelector('[data-mode-button="reply"]').click();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reply]");
  if (button) quote(button.dataset.reply);
  if (event.target.closest("[data-reply-stop]")) clearReply();
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
