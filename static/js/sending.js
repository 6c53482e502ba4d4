// What leaves with Enter, and what comes back: one message a file, and the text.
import { composer, field, refuse, setMode } from "./composer.js";
import { excess } from "./counter.js";
import { tellNotSent } from "./elsewhere.js";
import { planned } from "./later.js";
import { send } from "./outbox.js";
import { openConversation, post, sentenceOf, tellChanged, tellDocument, word, workspace } from "./page.js";
import { clearReply, replyTarget } from "./replies.js";
import { mayLeave } from "./saved_replies.js";
import { handOver, uploadsProblem, uploadsReady } from "./uploads.js";
import { goToEnd } from "./way_back.js";

const CAPTION = 1024; // letters

// What leaves now: one message per file with its caption. The text is that of the first that can carry it and has none.
function collect() {
  const mode = composer().dataset.mode;
  const text = field().value.trim();
  const reply = replyTarget();
  if (mode === "note") return text ? [{ mode, text, ...(reply && { reply_to: reply }) }] : [];
  const files = uploadsReady();
  const parts = files.map((file) => ({ mode, text: file.caption ?? "", attachment: file.id, file }));
  const captioned = [...text].length <= CAPTION && parts.find((part) => !part.text && ["image", "video", "document"].includes(part.file.kind));
  if (text && captioned) captioned.text = text;
  else if (text) parts.push({ mode, text });
  if (reply && parts.length) parts[0].reply_to = reply;
  return parts;
}

function submit() {
  const { mode, sendUrl } = composer().dataset;
  const isReply = mode === "reply"; // the files and the time are the reply's: a note takes neither along
  const problem = (isReply && uploadsProblem()) || (excess() && word("tooLong", { n: excess() }));
  if (problem) return refuse(problem);
  const parts = collect();
  if (!parts.length) return field().focus();
  if (isReply && !mayLeave(field().value.trim())) return;
  const conversation = openConversation();
  const when = isReply ? planned() : {};
  const clients = parts.map(() => crypto.randomUUID());
  parts.forEach((part, at) => send(conversation, sendUrl, { ...part, ...when, client_id: clients[at] }, clients[0]));
  field().value = "";
  if (isReply) handOver();
  clearReply();
  refuse("");
  goToEnd();
  tellDocument("sent", { conversation, clients, mode });
  field().focus();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-composer-form]")) return;
  event.preventDefault();
  submit();
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-composer-text]") || event.isComposing) return;
  const isPhone = matchMedia("(pointer: coarse)").matches;
  if (event.key === "Enter" && !event.shiftKey && !isPhone) {
    event.preventDefault();
    submit();
  }
});

// Typing shows the patient that an answer is coming; WhatsApp keeps the sign for 25 seconds.
let typedAt = 0;
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-composer-text]")) return;
  refuse("");
  tellDocument("typed");
  const isReply = composer().dataset.mode === "reply" && composer().dataset.window === "open";
  if (!isReply || Date.now() - typedAt < 20_000 || !event.target.value.trim()) return;
  typedAt = Date.now();
  post(workspace().dataset.typingUrl).catch(() => {});
});

document.addEventListener("click", async (event) => {
  const mode = event.target.closest("[data-mode-button]");
  if (mode) (setMode(mode.dataset.modeButton), field().focus());
  const retry = event.target.closest("[data-retry]");
  if (!retry) return;
  retry.disabled = true;
  try {
    const response = await post(retry.dataset.retry, { client_id: retry.dataset.client ??= crypto.randomUUID() });
    if (!response.ok) refuse(await sentenceOf(response));
    tellChanged();
  } catch {
    refuse(word("failed"));
  } finally {
    retry.disabled = false;
  }
});

// What was refused comes back, before anything written meanwhile.
document.addEventListener("returned", ({ detail }) => {
  const { conversation, sentence } = detail;
  if (openConversation() !== conversation) return sentence && tellNotSent(conversation, sentence);
  setMode(detail.mode);
  if (detail.text) field().value = [detail.text, field().value].filter(Boolean).join("\n");
  tellDocument("typed");
  refuse(sentence);
  field().focus();
});
