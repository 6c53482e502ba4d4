// What is written but not sent: kept per conversation in this tab alone, and gone when it is sent or signed out.
import { openConversation } from "./page.js";
import { composer, field, setMode } from "./composer.js";

const key = (conversation, mode) => `draft:${document.body.dataset.member}:${conversation}:${mode}`;
const read = (conversation, mode) => sessionStorage.getItem(key(conversation, mode)) ?? "";

function keep(conversation, mode, text) {
  if (text.trim()) sessionStorage.setItem(key(conversation, mode), text);
  else sessionStorage.removeItem(key(conversation, mode));
  mark();
}

// Rows whose answer waits here say so.
function mark() {
  for (const row of document.querySelectorAll(".row")) {
    const id = row.dataset.conversation;
    const note = row.querySelector("[data-draft]");
    if (note) note.hidden = !(id !== openConversation() && (read(id, "reply") || read(id, "note")));
  }
}

const save = () => composer() && keep(openConversation(), composer().dataset.mode, field().value);

document.addEventListener("typed", save);
document.addEventListener("sent", save);
document.addEventListener("rows", mark);
document.addEventListener("mode", ({ detail }) => {
  keep(openConversation(), detail.from, field().value);
  field().value = read(openConversation(), detail.to);
});
document.addEventListener("returned", ({ detail }) => {
  if (detail.conversation === openConversation()) return; // the composer took it back
  keep(detail.conversation, detail.mode, [detail.text, read(detail.conversation, detail.mode)].filter(Boolean).join("\n"));
});
document.addEventListener("opened", () => {
  if (composer()) {
    if (!read(openConversation(), "reply") && read(openConversation(), "note")) setMode("note");
    else field().value = read(openConversation(), composer().dataset.mode);
  }
  mark();
});
document.addEventListener("submit", (event) => event.target.matches("[data-signs-out]") && sessionStorage.clear());
