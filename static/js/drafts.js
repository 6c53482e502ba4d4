// What is written but not sent: kept on the server while one types, the same on every device, gone when it is sent.
import { composer, field, setMode } from "./composer.js";
import { MODES, allStored, store, stored } from "./draft_store.js";
import { areGoing, isGoing } from "./outbox.js";
import { get, openConversation, parse, post, tellDocument } from "./page.js";
import { replyTarget, requote } from "./replies.js";

const SAVE_AFTER = 700; // milliseconds after the last key
const TRY_AGAIN_EVERY = 10_000;
const known = new Map(); // place -> what the server has: { text, quotes, revision }
const others = new Map(); // place -> what another device left, which is being asked about
const saving = new Map(); // place -> the last save; one after the other
const timers = new Map();
const told = new Set(); // conversations of which `known` knows more than the list
let isFilling = false;
let isReady = false; // modules import each other in a ring: nothing is done before all are there

const quoted = () => replyTarget() ?? "";
const place = (conversation, mode) => `${conversation}:${mode}`;
const address = (conversation) => `/conversations/${conversation}/draft/`;
export const revisionOf = (conversation, mode) => known.get(place(conversation, mode))?.revision ?? 0;
export const otherOf = (conversation, mode) => others.get(place(conversation, mode));

// What belongs into the field: the newer words of this device, or what the server has; not what is on its way already.
function wordsOf(conversation, mode) {
  const entry = stored(conversation, mode);
  if (entry?.client && isGoing(entry.client)) return { text: "", quotes: "" };
  const words = entry && !entry.client ? entry : known.get(place(conversation, mode));
  return words && !areGoing(conversation, mode, words.text) ? words : { text: "", quotes: "" };
}

function keep(conversation, mode, text, quotes = "") {
  const entry = stored(conversation, mode);
  const there = known.get(place(conversation, mode));
  if (!entry && (there?.text ?? "") === text && (there?.quotes ?? "") === quotes) return;
  const base = (entry && !entry.client && entry.base) || there?.revision || 0;
  store(conversation, mode, { text, quotes, base, at: Date.now() });
  saveLater(conversation, mode);
  mark();
}

function keepShown() {
  if (composer() && !isFilling) keep(openConversation(), composer().dataset.mode, field().value, composer().dataset.mode === "reply" ? quoted() : "");
}

function saveLater(conversation, mode) {
  const at = place(conversation, mode);
  clearTimeout(timers.get(at));
  timers.set(at, setTimeout(() => save(conversation, mode), SAVE_AFTER));
}

function save(conversation, mode) {
  const at = place(conversation, mode);
  timers.delete(at);
  saving.set(at, (saving.get(at) ?? Promise.resolve()).then(() => push(conversation, mode)));
  return saving.get(at);
}

async function push(conversation, mode, keepalive = false) {
  const at = place(conversation, mode);
  const entry = stored(conversation, mode);
  if (!entry || entry.client || others.has(at)) return;
  const fields = { mode, text: entry.text, revision: entry.base, ...(entry.quotes && { reply_to: entry.quotes }) };
  const response = await post(address(conversation), fields, { keepalive }).catch(() => null);
  if (response?.status === 409) return meet(conversation, mode, await response.json());
  if (response?.status === 404) return void others.set(at, null); // not theirs to see any more
  if (!response?.ok) return; // kept here; tried again when the line is back
  const { revision } = await response.json();
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
function meet(conversation, mode, theirs) {
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

// The server's drafts of the open conversation, as a page brings them.
function learn(page) {
  const conversation = openConversation();
  told.add(conversation);
  for (const mode of MODES) {
    const at = place(conversation, mode);
    const found = page.querySelector(`[data-draft-of="${mode}"]`);
    if (!found) known.delete(at);
    else known.set(at, { text: found.textContent, quotes: found.dataset.quotes, revision: Number(found.dataset.revision), shown: found.dataset });
    compare(conversation, mode);
  }
  return page.querySelector("[data-draft-of]")?.dataset.draftOf;
}

function compare(conversation, mode) {
  const entry = stored(conversation, mode);
  const there = known.get(place(conversation, mode));
  if (!entry) return;
  if (entry.client) {
    if (document.querySelector(`[data-message][data-client="${CSS.escape(entry.client)}"]`)) store(conversation, mode, null);
    else if (!isGoing(entry.client)) store(conversation, mode, { ...entry, client: undefined }); // its page ended before it was sent
  } else if (there && there.revision !== entry.base && there.text !== entry.text) meet(conversation, mode, there);
  else saveLater(conversation, mode);
}

function fill(mode) {
  isFilling = true;
  setMode(mode);
  const { text, quotes, shown } = wordsOf(openConversation(), mode);
  field().value = text;
  if (mode === "reply" && quotes) requote(quotes, shown);
  isFilling = false;
  tellDocument("filled");
  tellDocument("other");
}

function opened() {
  if (composer()) {
    const conversation = openConversation();
    others.delete(place(conversation, "reply"));
    others.delete(place(conversation, "note"));
    const newest = learn(document);
    const here = MODES.filter((mode) => wordsOf(conversation, mode).text).sort((a, b) => (stored(conversation, b)?.at ?? 0) - (stored(conversation, a)?.at ?? 0));
    fill(here.find((mode) => stored(conversation, mode)) ?? (here.includes(newest) ? newest : here[0]) ?? "reply");
  }
  mark();
}

// What another device has done meanwhile; the field follows unless something is being written in it.
async function look() {
  const conversation = openConversation();
  if (!composer()) return;
  const html = await get(address(conversation)).catch(() => null);
  if (html === null || openConversation() !== conversation) return;
  const mode = composer().dataset.mode;
  const before = known.get(place(conversation, mode))?.text ?? "";
  const isClean = !stored(conversation, mode) && field().value === before;
  learn(parse(html));
  if (isClean && wordsOf(conversation, mode).text !== before) fill(mode);
  mark();
}

const has = (conversation, mode) => {
  const entry = stored(conversation, mode);
  return entry && !entry.client ? entry.text.trim() : known.get(place(conversation, mode));
};

// Rows whose answer waits say so; the open conversation shows it anyway.
function mark() {
  for (const row of document.querySelectorAll(".row")) {
    const note = row.querySelector("[data-draft]");
    if (!note) continue;
    const id = row.dataset.conversation;
    const isKept = MODES.some((mode) => has(id, mode)) || (!told.has(id) && note.dataset.draft === "kept");
    note.hidden = id === openConversation() || !isKept;
  }
}

// Leaving: what is not saved yet goes now, and arrives even when the page is closed.
function flush() {
  if (!composer()) return;
  for (const mode of MODES) {
    const at = place(openConversation(), mode);
    if (!timers.has(at)) continue;
    clearTimeout(timers.get(at));
    timers.delete(at);
    push(openConversation(), mode, true);
  }
}

function tryAgain() {
  for (const [conversation, mode] of allStored()) if (!timers.has(place(conversation, mode))) save(conversation, mode);
}

document.addEventListener("typed", keepShown);
document.addEventListener("quoted", keepShown);
document.addEventListener("mode", ({ detail }) => {
  if (isFilling) return;
  keep(openConversation(), detail.from, field().value, detail.from === "reply" ? quoted() : "");
  field().value = wordsOf(openConversation(), detail.to).text;
  tellDocument("other");
});
document.addEventListener("sent", ({ detail }) => {
  if (field().value) return; // something else was sent, not these words
  const mode = composer().dataset.mode;
  const entry = stored(detail.conversation, mode);
  clearTimeout(timers.get(place(detail.conversation, mode)));
  timers.delete(place(detail.conversation, mode));
  if (entry) store(detail.conversation, mode, { ...entry, client: detail.clients.at(-1) });
});
document.addEventListener("settled", ({ detail: { conversation, part } }) => {
  const at = place(conversation, part.mode);
  const there = known.get(at);
  if (stored(conversation, part.mode)?.client) store(conversation, part.mode, null);
  if (!there || !part.text) return;
  if (there.text.trim() === part.text || there.revision === part.draft) known.delete(at);
  else if (!stored(conversation, part.mode)) keep(conversation, part.mode, ""); // saved while it was being sent
  mark();
});
document.addEventListener("returned", ({ detail }) => {
  if (detail.conversation === openConversation()) return; // the composer took it back
  const words = wordsOf(detail.conversation, detail.mode);
  const text = words.text === detail.text ? detail.text : [detail.text, words.text].filter(Boolean).join("\n");
  keep(detail.conversation, detail.mode, text, detail.reply_to ?? "");
});
document.addEventListener("whisper", ({ detail }) => {
  if (!detail.draft) return;
  const at = place(detail.draft, detail.mode);
  if (detail.revision ? detail.revision <= revisionOf(detail.draft, detail.mode) : !known.has(at)) return;
  if (detail.draft === openConversation()) return look();
  told.add(detail.draft);
  if (detail.revision) known.set(at, { text: "", quotes: "", revision: detail.revision });
  else known.delete(at);
  mark();
});
document.addEventListener("rows", mark);
document.addEventListener("opened", () => isReady && opened());
document.addEventListener("DOMContentLoaded", () => ((isReady = true), opened()));
document.addEventListener("linked", ({ detail }) => detail.again && (tryAgain(), look()));
document.addEventListener("leaving", flush);
addEventListener("pagehide", flush);
document.addEventListener("visibilitychange", () => (document.hidden ? flush() : look()));
setInterval(tryAgain, TRY_AGAIN_EVERY);
