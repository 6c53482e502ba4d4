// What is known of drafts: what the server has, what another device left, and what is to be said of a row.
import { MODES, stored } from "./draft_store.js";
import { openConversation } from "./page.js";

export const known = new Map(); // place -> what the server has: { text, quotes, revision }
export const others = new Map(); // place -> what another device left, which is being asked about
export const told = new Set(); // conversations of which `known` knows more than the list

export const place = (conversation, mode) => `${conversation}:${mode}`;
export const addressOf = (conversation) => `/conversations/${conversation}/draft/`;
export const revisionOf = (conversation, mode) => known.get(place(conversation, mode))?.revision ?? 0;
export const otherOf = (conversation, mode) => others.get(place(conversation, mode));

const has = (conversation, mode) => {
  const entry = stored(conversation, mode);
  return entry && !entry.client ? entry.text.trim() : known.get(place(conversation, mode));
};

// Rows whose answer waits say so; the open conversation shows it anyway.
export function mark() {
  for (const row of document.querySelectorAll(".row")) {
    const note = row.querySelector("[data-draft]");
    if (!note) continue;
    const id = row.dataset.conversation;
    const isKept = MODES.some((mode) => has(id, mode)) || (!told.has(id) && note.dataset.draft === "kept");
    note.hidden = id === openConversation() || !isKept;
  }
}

document.addEventListener("rows", mark);
