// The open thread: what is new in it, the way back to the latest, being read.
import { isInThePast, keepPlace, timeOf, watch } from "./pages.js";
import { get, messages, openConversation, parse, post, tellDocument, word, workspace } from "./page.js";
import { isDrawn, patch, patchTail, remember as noteDrawn, rememberAll } from "./reconcile.js";
import { leaveUnseen } from "./sight.js";
import { tell } from "./toasts.js";

const NEAR = 80; // pixels from the end that still count as "at the end"
const scroller = () => document.querySelector("[data-scroller]");
const toLatest = () => document.querySelector("[data-to-latest]");
const unseen = new Set(); // ids of the patient's messages below what is before the eyes
let newest = 0; // when the newest message that was ever shown here came

// The scroller is a reversed column: 0 is the end, and the past has negative values.
export const isAtEnd = () => !isInThePast() && Math.abs(scroller()?.scrollTop ?? 0) < NEAR;
export const goToEnd = () => (isInThePast() ? reopen() : scroller()?.scrollTo({ top: 0 }));

function showWayBack() {
  const button = toLatest();
  if (!button) return;
  if (isAtEnd()) unseen.clear();
  button.hidden = isAtEnd();
  button.classList.toggle("has-new", unseen.size > 0);
  button.querySelector("[data-new-count]").textContent = unseen.size ? `${unseen.size} ${word("unread")}` : "";
}

// Add at the end; who reads further up keeps their place. From the past the way leads back to the end first.
export async function append(...elements) {
  if (isInThePast()) await reopen();
  const missing = elements.filter(({ dataset }) => !messages().querySelector(`[data-client="${CSS.escape(dataset.client)}"]`));
  keepPlace(() => messages().append(...missing), !isAtEnd());
}

export async function refreshThread(headers = {}) {
  const conversation = openConversation();
  if (!conversation) return;
  const page = parse(await leaveUnseen(get(workspace().dataset.newsUrl, { headers })));
  if (openConversation() !== conversation) return;
  patchHead(page.getElementById("head"));
  for (const id of ["panel-files", "pins", "panel-pins"]) patchPart(id, page.getElementById(id));
  tellDocument("news", { page });
  const fresh = page.getElementById("news");
  for (const id of ["older", "beginning", "no-messages"]) fresh.querySelector(`#${id}`)?.remove();
  if (!isInThePast() && isFarBehind(fresh)) return reopen();
  const theirs = isInThePast() ? noticeAhead(fresh) : takeIn(fresh);
  showWayBack();
  tellDocument("drawn");
  if (theirs.length) tellDocument("theirs", { elements: theirs });
  markRead();
}

// The newest page belongs right after what is drawn.
function takeIn(fresh) {
  let added = [];
  keepPlace(() => (added = patchTail(messages(), fresh)), !isAtEnd());
  document.getElementById("no-messages")?.toggleAttribute("hidden", fresh.childElementCount > 0);
  for (const each of added) each.classList.add("is-new");
  const theirs = added.filter((each) => each.matches(".is-in"));
  if (!isAtEnd()) for (const each of theirs) unseen.add(each.id);
  markWhereAway(theirs);
  remember(added);
  return theirs;
}

// Between what is drawn and the newest page there is more: what is drawn is kept up to date, the rest is counted.
function noticeAhead(fresh) {
  for (const each of [...fresh.children]) {
    const drawn = document.getElementById(each.id);
    if (drawn && messages().contains(drawn)) patch(drawn, each);
    else if (each.matches(".is-in") && timeOf(each) > newest) unseen.add(each.id);
  }
  return [];
}

function remember(elements) {
  for (const each of elements) newest = Math.max(newest, timeOf(each));
}

// What came while nobody looked stands below a line, as long as the conversation is open.
let sinceAway = 0;
let cameBack = true;
function markWhereAway(theirs) {
  if (!theirs.length || (!document.hidden && document.hasFocus())) return;
  if (cameBack) {
    document.getElementById("unread-line")?.remove();
    theirs[0].before(document.getElementById("unread-mark").content.firstElementChild.cloneNode(true));
    [sinceAway, cameBack] = [0, false];
  }
  sinceAway += theirs.length;
  const line = document.getElementById("unread-line");
  if (line) line.firstElementChild.textContent = `${sinceAway} ${word("unread")}`;
}
addEventListener("focus", () => (cameBack = true));
document.addEventListener("drawn", () => remember([...messages().querySelectorAll(":scope > [data-at]")].slice(-1)));

// Away for more than a page of messages: nothing shown is in the newest page any more.
function isFarBehind(fresh) {
  const drawn = messages().querySelector("[data-message]:not(.is-pending)");
  return drawn && fresh.childElementCount > 0 && ![...fresh.children].some((each) => each.dataset.message && document.getElementById(each.id));
}

let reopening = null;
function reopen() {
  const href = location.pathname + location.search.replace(/[?&]message=[^&]*/, "");
  reopening ??= htmx.ajax("GET", href, { target: "#workspace", swap: "outerHTML" }).finally(() => (reopening = null));
  return reopening;
}

function patchHead(fresh) {
  const head = document.getElementById("head");
  if (!fresh || head.querySelector(":popover-open, dialog[open], .htmx-request") || isDrawn(head, fresh)) return;
  const focused = head.contains(document.activeElement) ? document.activeElement : null;
  const at = focused ? [...head.querySelectorAll("button, a")].indexOf(focused) : -1;
  head.replaceWith(noteDrawn(fresh));
  htmx.process(fresh);
  if (at >= 0) fresh.querySelectorAll("button, a")[at]?.focus({ preventScroll: true });
  tellDocument("head");
}

function patchPart(id, fresh) {
  const part = document.getElementById(id);
  const isHeld = part?.contains(document.activeElement);
  if (!fresh || !part || (isHeld && id === "panel-files") || part.outerHTML === fresh.outerHTML) return;
  part.replaceWith(fresh);
  if (isHeld) (fresh.querySelector("button, a") ?? scroller()).focus({ preventScroll: true });
}

// Read means: open, in front, and the newest message before the eyes.
let reading = 0;
export function markRead() {
  const shown = workspace();
  if (!openConversation() || document.hidden || !document.hasFocus() || !isAtEnd() || "leftUnread" in shown.dataset) return;
  const row = document.getElementById(`row-${openConversation()}`);
  if (!Number(shown.dataset.unread) && !Number(row?.dataset.unread ?? 0)) return;
  clearTimeout(reading);
  reading = setTimeout(() => {
    shown.dataset.unread = 0;
    post(shown.dataset.readUrl).catch(() => {});
  }, 250);
}

export function jumpTo(id) {
  const target = document.getElementById(`message-${id}`);
  if (!target) return false;
  target.scrollIntoView({ block: "center" });
  target.classList.remove("is-found");
  requestAnimationFrame(() => target.classList.add("is-found"));
  return true;
}

function opened() {
  unseen.clear();
  cameBack = true;
  if (!messages()) return;
  newest = Number(workspace().dataset.newest);
  rememberAll(messages());
  if (messages().dataset.jump) jumpTo(messages().dataset.jump);
  else document.getElementById("unread-line")?.scrollIntoView({ block: "nearest" });
  scroller().addEventListener("scroll", showWayBack, { passive: true });
  watch();
  showWayBack();
  markRead();
  tellDocument("opened", { conversation: openConversation() });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-to-latest]")) goToEnd();
  const more = event.target.closest("[data-show-all]");
  if (more) (more.previousElementSibling.classList.remove("is-long"), more.remove());
  if (event.target.closest("[data-leaves-unread]")) workspace().dataset.leftUnread = "";
  const quote = event.target.closest("[data-jump-to]");
  if (!quote) return;
  event.preventDefault();
  const id = quote.dataset.jumpTo;
  if (!jumpTo(id)) {
    const href = `/conversations/${openConversation()}/?message=${id}`;
    htmx.ajax("GET", href, { target: "#workspace", swap: "outerHTML" });
  }
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  if (!target || target === "#workspace" || target.id === "workspace" || target.id === "inbox") opened();
});
document.addEventListener("ahead", () => refreshThread({ "X-Opened": "1" }).catch(() => tell(word("stale"))));
for (const name of ["focus", "visibilitychange"]) addEventListener(name, markRead);
document.addEventListener("visibilitychange", markRead);
opened();
