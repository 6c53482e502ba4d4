// What this page has shown of a thread: the server asks before an answer goes past something else.
import { messages, openConversation } from "./page.js";

const NEAR = 61_000; // milliseconds before the newest; what was made earlier counts as seen
const MOST = 200;
let shown = []; // the newest ids, in order, those that have left the page again too
let conversation = null;

// Our ids (UUIDv7) begin with the millisecond they were made in.
const madeAt = (id) => parseInt(id.replaceAll("-", "").slice(0, 12), 16);

function note() {
  const before = conversation === openConversation() ? shown : [];
  conversation = openConversation();
  const drawn = [...(messages()?.querySelectorAll("[data-message]") ?? [])].map((each) => each.dataset.message);
  const newest = [...new Set([...before, ...drawn])].sort().slice(-MOST);
  shown = newest.filter((id) => madeAt(id) > madeAt(newest.at(-1)) - NEAR);
}

export function seen() {
  note();
  return shown.join(",") || "-";
}

document.addEventListener("opened", note);
document.addEventListener("drawn", note);
