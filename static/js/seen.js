// What this page has shown of a thread: the server asks before an answer goes past something else.
import { messages, openConversation } from "./page.js";

const NEAR = 61_000; // milliseconds before the newest; what was made earlier counts as seen
const MOST = 200;
const shown = new Set(); // ids near the newest of them, those that have left the page again too
let conversation = null;

// Our ids (UUIDv7) begin with the millisecond they were made in.
const madeAt = (id) => parseInt(id.replaceAll("-", "").slice(0, 12), 16);

function note() {
  if (conversation !== openConversation()) shown.clear();
  conversation = openConversation();
  for (const each of messages()?.querySelectorAll("[data-message]") ?? []) shown.add(each.dataset.message);
  const newest = Math.max(...[...shown].map(madeAt));
  for (const id of shown) if (madeAt(id) <= newest - NEAR) shown.delete(id);
}

export function seen() {
  note();
  return [...shown].slice(-MOST).join(",") || "-";
}

document.addEventListener("opened", note);
document.addEventListener("drawn", note);
