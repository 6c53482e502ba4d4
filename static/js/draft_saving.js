// Drafts on their way to the server: one save after the other, met by another device's words, tried again without a line.
import { composer } from "./composer.js";
import { addressOf, known, mark, others, place, told } from "./draft_state.js";
import { MODES, allStored, store, stored } from "./draft_store.js";
import { openConversation, post, tellDocument } from "./page.js";

const SAVE_AFTER = 700; // milliseconds after the last key
const TRY_AGAIN_EVERY = 10_000;
const saving = new Map(); // place -> the last save; one after the other
const timers = new Map();

// Written down on this device first. Nothing happens when the server has the same.
export function keep(conversation, mode, text, quotes = "") {
  const entry = stored(conversation, mode);
  const there = known.get(place(conversation, mode));
  if (!entry && (there?.text ?? "") === text && (there?.quotes ?? "") === quotes) return;
  const base = (entry && !entry.client && entry.base) || there?.revision || 0;
  store(conversation, mode, { text, quotes, base, at: Date.now() });
  saveLater(conversation, mode);
  mark();
}

export function saveLater(conversation, mode) {
  cancel(conversation, mode);
  timers.set(place(conversation, mode), setTimeout(() => save(conversation, mode), SAVE_AFTER));
}

// True when a save was still to come.
export function cancel(conversation, mode) {
  const at = place(conversation, mode);
  clearTimeout(timers.get(at));
  return timers.delete(at);
}

function save(conversation, mode) {
  const at = place(conversation, mode);
  timers.delete(at);
  saving.set(at, (saving.get(at) ?? Promise.resolve()).then(() => push(conversation, mode)));
}

async function push(conversation, mode, keepalive = false) {
  const at = place(conversation, mode);
  const entry = stored(conversation, mode);
  if (!entry || entry.client || others.has(at)) return;
  const fields = { mode, text: entry.text, revision: entry.base, ...(entry.quotes && { reply_to: entry.quotes }) };
  const response = await post(addressOf(conversation), fields, { keepalive }).catch(() => null);
  if (response?.status === 409) return meet(conversation, mode, await response.json());
  if (response?.status === 404) return void others.set(at, null); // not theirs to see any more
  if (!response?.ok) return; // kept here; tried again when the line is back
  arrived(conversation, mode, entry, (await response.json()).revision);
}

function arrived(conversation, mode, entry, revision) {
  const at = place(conversation, mode);
  told.add(conversation);
  if (revision) known.set(at, { text: entry.text, quotes: entry.quotes, revision });
  else known.delete(at);
  const now = stored(conversation, mode);
  if (now && (now.text !== entry.text || now.quotes !== entry.quotes)) {
    store(conversation, mode, { ...now, base: revision });
    saveLater(conversation, mode);
  } else if (now && !now.client) store(conversation, mode, null);
  mark();
}

// Another device wrote here since. Words that only go on from its words are no quarrel; others are shown, both.
export function meet(conversation, mode, theirs) {
  const entry = stored(conversation, mode);
  if (!entry || entry.client) return;
  if (entry.text.includes(theirs.text)) {
    store(conversation, mode, { ...entry, base: theirs.revision });
    return void saveLater(conversation, mode);
  }
  others.set(place(conversation, mode), theirs);
  tellDocument("other");
}

// The member has seen both, and `text` is what they want.
export function settleOther(conversation, mode, text) {
  const at = place(conversation, mode);
  const { revision } = others.get(at);
  others.delete(at);
  store(conversation, mode, { ...(stored(conversation, mode) ?? { quotes: "" }), text, base: revision, at: Date.now() });
  save(conversation, mode);
}

// Leaving: what is not saved yet goes now, and arrives even when the page is closed.
export function flush() {
  if (!composer()) return;
  for (const mode of MODES) if (cancel(openConversation(), mode)) push(openConversation(), mode, true);
}

export function tryAgain() {
  for (const [conversation, mode] of allStored()) if (!timers.has(place(conversation, mode))) save(conversation, mode);
}

document.addEventListener("leaving", flush);
addEventListener("pagehide", flush);
setInterval(tryAgain, TRY_AGAIN_EVERY);
