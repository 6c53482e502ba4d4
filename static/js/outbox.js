// What is on its way, in the order it was written: what cannot leave holds back all that is behind it in its
// conversation. Without a line it waits and says so; what is refused goes back to where it was written, with the rest
// of its message (a text and files that one press sent).
import { revisionOf } from "./draft_state.js";
import { openConversation, post, sentenceOf, tellDocument, word } from "./page.js";
import { draw, mark, settle } from "./pending.js";
import { seen } from "./seen.js";
import { abide, ask } from "./stale.js";
import { append } from "./thread.js";
import { goToEnd } from "./way_back.js";

const TRY_AGAIN_AFTER = 8000; // milliseconds; sooner when the line is seen to be back
const queues = new Map(); // conversation -> what the server has not taken yet: {conversation, url, part, bubble, press}
const working = new Set(); // conversations whose first is being asked for
const stuck = new Set(); // conversations whose first found no server
let again = 0;

const queueOf = (conversation) => queues.get(conversation) ?? queues.set(conversation, []).get(conversation);
const all = () => [...queues.values()].flat();

// `press` is the same for everything that one press sent.
export function send(conversation, url, part, press = part.client_id) {
  part.written = performance.now();
  if (part.mode === "reply") part.seen ??= seen();
  if (part.text) part.draft = revisionOf(conversation, part.mode);
  const entry = { conversation, url, part, press, bubble: draw(part) };
  queueOf(conversation).push(entry);
  if (stuck.has(conversation)) mark(entry.bubble, "pending-behind");
  if (conversation === openConversation()) (append(entry.bubble), goToEnd()); // another may be open by now
  work(conversation);
}

export const isGoing = (client) => all().some(({ part }) => part.client_id === client);
export const areGoing = (conversation, mode, text) =>
  queueOf(conversation).some(({ part }) => part.mode === mode && part.text === text.trim());

async function work(conversation) {
  if (working.has(conversation) || stuck.has(conversation)) return;
  working.add(conversation);
  const queue = queueOf(conversation);
  try {
    while (queue.length && (await deliver(queue[0])));
  } finally {
    working.delete(conversation);
  }
}

// False when it has to wait.
async function deliver(entry) {
  const { conversation, url, part, bubble } = entry;
  if (!abide(conversation, part)) return takeBack(entry, "");
  const { file, written, ...fields } = part;
  const response = await post(url, fields).catch(() => null);
  if (!queueOf(conversation).includes(entry)) return true; // taken back meanwhile
  if (!response || response.status >= 500) return wait(conversation);
  if (response.status === 409) {
    await ask(conversation, part, bubble, await sentenceOf(response));
    return true; // asked for again, or taken back: abide() knows
  }
  if (!response.ok) return takeBack(entry, await sentenceOf(response));
  const html = await response.text().catch(() => null);
  if (html === null) return wait(conversation); // the line broke within the answer: the same id asks again
  leave(entry);
  tellDocument("settled", { conversation, part });
  settle(bubble, html);
  return true;
}

function leave(entry) {
  const queue = queueOf(entry.conversation);
  queue.splice(queue.indexOf(entry), 1);
}

// Nothing of it was sent: the words and files go back to where they were written, with what was to follow them.
function takeBack(entry, sentence) {
  const { conversation, press } = entry;
  const queue = queueOf(conversation);
  const back = queue.filter((each) => each.press === press);
  for (const each of back) (leave(each), each.bubble.remove());
  const [{ part: first }] = back;
  const plan = first.send_at && { send_at: first.send_at, stops: "stops_on_reply" in first, shown: first.send_at.replace("T", " ") };
  const isCaption = ({ part }) => Boolean(part.file?.caption) && part.file.caption === part.text;
  const text = back.filter((each) => !isCaption(each)).map(({ part }) => part.text).filter(Boolean).join("\n");
  const files = back.map(({ part }) => part.file).filter(Boolean);
  tellDocument("returned", { conversation, mode: first.mode, text, sentence, plan, files, reply_to: first.reply_to });
  return true;
}

// No connection: the bubbles stay and say so; the same ids make sure that each is sent once.
function wait(conversation) {
  stuck.add(conversation);
  clearTimeout(again);
  again = setTimeout(tryAgain, TRY_AGAIN_AFTER);
  queueOf(conversation).forEach(({ bubble }, at) => mark(bubble, at ? "pending-behind" : "pending-failure"));
  return false;
}

export function tryAgain() {
  const waiting = [...stuck];
  stuck.clear();
  for (const conversation of waiting) {
    for (const { bubble } of queueOf(conversation)) mark(bubble, "");
    work(conversation);
  }
}

// Not to be sent any more. Of what got no answer nobody knows: the thread shows it if the server has it.
function discard(bubble) {
  const entry = all().find((each) => each.bubble === bubble);
  if (!entry) return;
  const { conversation, press } = entry;
  const isFirst = queueOf(conversation)[0].press === press;
  takeBack(entry, isFirst ? word("discarded") : "");
  if (!isFirst || !stuck.delete(conversation)) return;
  for (const each of queueOf(conversation)) mark(each.bubble, "");
  work(conversation);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-try-again]")) tryAgain();
  if (event.target.closest("[data-discard]")) discard(event.target.closest(".is-pending"));
});
// Bubbles that still wait are shown again when their conversation is.
document.addEventListener("opened", () => {
  for (const { bubble } of queueOf(openConversation())) append(bubble);
});
addEventListener("online", tryAgain);
addEventListener("beforeunload", (event) => stuck.size && event.preventDefault());
