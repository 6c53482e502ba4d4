// Conversations that will probably be opened next are fetched a moment before: the row under the pointer or the focus,
// and the next one below the open one. Nothing is marked read by it, and the server records it as what it is.
import { openConversation } from "./page.js";

const FRESH = 20_000; // milliseconds; a hint about it ends that sooner
const MOST_KEPT = 6;
const MOST_A_MINUTE = 40;
const HOVER = 70; // a pointer on its way elsewhere asks for nothing
const AFTER_OPENING = 400;
const kept = new Map(); // conversation -> { href, html, at }
let under = null; // the one request under way
let timer = 0;
let asked = [];

const idOf = (href) => new URL(href, location).pathname.split("/")[2];

export function readyFor(href) {
  const ready = kept.get(idOf(href));
  kept.delete(idOf(href));
  return ready?.href === href && Date.now() - ready.at < FRESH ? ready.html : null;
}

function mayAsk(id) {
  asked = asked.filter((at) => Date.now() - at < 60_000);
  const isKept = kept.has(id) && Date.now() - kept.get(id).at < FRESH;
  return id && id !== openConversation() && !isKept && under?.id !== id && asked.length < MOST_A_MINUTE && navigator.onLine && !navigator.connection?.saveData;
}

async function fetchAhead(href) {
  const id = idOf(href);
  if (!mayAsk(id)) return;
  stop();
  const mine = (under = { id, control: new AbortController() });
  asked.push(Date.now());
  try {
    const headers = { "HX-Request": "true", "X-Fragment": "1", "X-Ahead": "1" };
    const response = await fetch(href, { headers, signal: mine.control.signal, priority: "low" });
    if (response.status !== 200 || response.redirected) return;
    const html = await response.text();
    if (under !== mine) return;
    kept.set(id, { href, html, at: Date.now() });
    while (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  } catch {
    // aborted, or no line: it is asked for again when it is opened
  } finally {
    if (under === mine) under = null;
  }
}

function stop() {
  clearTimeout(timer);
  under?.control.abort();
  under = null;
}

function soon(link, wait) {
  clearTimeout(timer);
  timer = setTimeout(() => link.isConnected && fetchAhead(link.getAttribute("href")), wait);
}

const linkOf = (event) => event.target.closest?.("#rows .row:not(.is-sealed) .row-link");
document.addEventListener("pointerover", (event) => event.pointerType === "mouse" && linkOf(event) && soon(linkOf(event), HOVER));
document.addEventListener("pointerout", (event) => linkOf(event) && clearTimeout(timer));
document.addEventListener("focusin", (event) => linkOf(event) && soon(linkOf(event), HOVER));
document.addEventListener("opening", stop);
document.addEventListener("opened", ({ detail }) => {
  const row = document.querySelector("#rows > .row.is-selected");
  const next = row?.nextElementSibling?.querySelector?.(".row-link");
  if (detail.conversation && next) soon(next, AFTER_OPENING);
});
// What is kept is shown only while nothing about it changed; "list" says that what the member sees may be another.
for (const name of ["hinted", "changed"]) {
  document.addEventListener(name, ({ detail }) => {
    const topics = detail.topics ?? [detail.topic];
    if (topics.includes("list")) (stop(), kept.clear());
    for (const topic of topics) {
      const id = topic?.replace("conversation-", "");
      kept.delete(id);
      if (under?.id === id) stop();
    }
  });
}
