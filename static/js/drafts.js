// What is written but not sent: kept on the server while one types, the same on every device, gone when it is sent.
import { composer, field, setMode } from "./composer.js";
import { cancel, flush, keep, meet, saveLater, tryAgain } from "./draft_saving.js";
import { addressOf, known, mark, others, place, revisionOf, told } from "./draft_state.js";
import { MODES, store, stored } from "./draft_store.js";
import { areGoing, isGoing } from "./outbox.js";
import { get, openConversation, parse, tellDocument } from "./page.js";
import { clearReply, replyTarget, requote } from "./replies.js";

const NOTHING = { text: "", quotes: "" };
let isFilling = false;

const quoted = () => replyTarget() ?? "";

// What belongs into the field: the newer words of this device, or what the server has; not what is on its way already.
function wordsOf(conversation, mode) {
  const entry = stored(conversation, mode);
  if (entry?.client && isGoing(entry.client)) return NOTHING;
  const words = entry && !entry.client ? entry : known.get(place(conversation, mode));
  return words && !areGoing(conversation, mode, words.text) ? words : NOTHING;
}

function keepShown() {
  if (composer() && !isFilling) keep(openConversation(), composer().dataset.mode, field().value, quoted());
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

// What a draft quotes comes and goes with its words.
function showQuote(mode) {
  const { quotes, shown } = wordsOf(openConversation(), mode);
  if (quotes) requote(quotes, shown, mode);
  else clearReply(mode);
}

function fill(mode) {
  isFilling = true;
  setMode(mode);
  field().value = wordsOf(openConversation(), mode).text;
  showQuote(mode);
  isFilling = false;
  tellDocument("filled");
  tellDocument("other");
}

function opened() {
  if (composer()) {
    const conversation = openConversation();
    for (const mode of MODES) others.delete(place(conversation, mode));
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
  const html = await get(addressOf(conversation)).catch(() => null);
  if (html === null || openConversation() !== conversation) return;
  const open = composer().dataset.mode;
  const before = Object.fromEntries(MODES.map((mode) => [mode, known.get(place(conversation, mode)) ?? NOTHING]));
  const clean = MODES.filter((mode) => !stored(conversation, mode) && (mode !== open || field().value === before[mode].text));
  learn(parse(html));
  for (const mode of clean) {
    const { text, quotes } = wordsOf(conversation, mode);
    if (text === before[mode].text && quotes === before[mode].quotes) continue;
    if (mode === open) fill(mode);
    else showQuote(mode);
  }
  mark();
}

document.addEventListener("typed", keepShown);
document.addEventListener("quoted", keepShown);
document.addEventListener("mode", ({ detail }) => {
  if (isFilling) return;
  keep(openConversation(), detail.from, field().value, quoted());
  const { text, quotes, shown } = wordsOf(openConversation(), detail.to);
  field().value = text;
  if (quotes) requote(quotes, shown, detail.to);
  tellDocument("other");
});
document.addEventListener("sent", ({ detail }) => {
  if (field().value) return; // something else was sent, not these words
  const mode = composer().dataset.mode;
  const entry = stored(detail.conversation, mode);
  cancel(detail.conversation, mode);
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
document.addEventListener("opened", opened);
document.addEventListener("DOMContentLoaded", opened); // by then every module listens
document.addEventListener("linked", ({ detail }) => detail.again && (tryAgain(), look()));
document.addEventListener("visibilitychange", () => (document.hidden ? flush() : look()));
