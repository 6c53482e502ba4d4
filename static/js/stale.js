// Somebody has written what the page had not shown: the message waits and asks. Nothing is sent, nothing is lost.
import { tellNotSent } from "./elsewhere.js";
import { copyOf, openConversation, tellChanged } from "./page.js";
import { seen } from "./seen.js";
import { append } from "./thread.js";

const asked = new Map(); // client id -> { conversation, bubble, answer }
const answers = new Map(); // conversation -> { at, seen }: holds for what was written before; no `seen`: back into the field

// What was queued before the question was answered shares the answer. False: it goes back.
export function abide(conversation, part) {
  const answer = answers.get(conversation);
  if (!answer || part.written > answer.at) return true;
  if (answer.seen) part.seen = answer.seen;
  return Boolean(answer.seen);
}

// Resolves when the member has said whether to send it anyway; then abide() knows.
export function ask(conversation, part, bubble, sentence) {
  const box = copyOf("#stale-question");
  box.querySelector("[data-sentence]").textContent = sentence;
  bubble.querySelector(".failure")?.remove();
  bubble.append(box);
  tellChanged(conversation);
  if (openConversation() === conversation) append(bubble); // the focus stays: the next key must not answer the question
  else tellNotSent(conversation, sentence);
  return new Promise((resolve) => asked.set(part.client_id, { conversation, bubble, box, resolve }));
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-stale]");
  const found = box && [...asked].find(([, each]) => each.box === box);
  const isAnyway = event.target.closest("[data-stale-anyway]");
  if (!found || !(isAnyway || event.target.closest("[data-stale-edit]"))) return;
  const [client, { conversation, resolve }] = found;
  asked.delete(client);
  box.remove();
  answers.set(conversation, { at: performance.now(), seen: isAnyway ? seen() : "" });
  resolve();
});
// The question is there again with its conversation.
document.addEventListener("opened", () => {
  for (const { conversation, bubble } of asked.values()) if (conversation === openConversation()) append(bubble);
});
addEventListener("beforeunload", (event) => asked.size && event.preventDefault());
