// The open thread: older messages without a jump, the way back to the latest, being read.
import { get, messages, openConversation, parse, post, tellDocument, word, workspace } from "./page.js";
import { patchTail, rememberAll } from "./reconcile.js";
import { leaveUnseen } from "./sight.js";

const NEAR = 80; // pixels from the end that still count as "at the end"
const scroller = () => document.querySelector("[data-scroller]");
const toLatest = () => document.querySelector("[data-to-latest]");
let unseen = 0;

// The scroller is a reversed column: 0 is the end, and the past has negative values.
export const isAtEnd = () => Math.abs(scroller()?.scrollTop ?? 0) < NEAR;
export const goToEnd = () => scroller()?.scrollTo({ top: 0 });

function showWayBack() {
  const button = toLatest();
  if (!button) return;
  if (isAtEnd()) unseen = 0;
  button.hidden = isAtEnd();
  button.classList.toggle("has-new", unseen > 0);
  button.querySelector("[data-new-count]").textContent = unseen ? `${unseen} ${word("unread")}` : "";
}

// Add at the end; who reads further up keeps their place.
export function append(...elements) {
  keepPlace(() => messages().append(...elements));
}

function keepPlace(change) {
  const box = scroller();
  const stays = !isAtEnd();
  const before = box.scrollHeight;
  change();
  if (stays) box.scrollTop -= box.scrollHeight - before;
}

export async function refreshThread() {
  const conversation = openConversation();
  if (!conversation) return;
  const page = parse(await leaveUnseen(get(workspace().dataset.newsUrl)));
  if (openConversation() !== conversation) return;
  patchHead(page.getElementById("head"));
  for (const id of ["panel-files", "pins", "panel-pins"]) patchPart(id, page.getElementById(id));
  const fresh = page.getElementById("news");
  for (const id of ["older", "beginning", "no-messages"]) fresh.querySelector(`#${id}`)?.remove();
  if (isFarBehind(fresh)) return reopen();
  let added = [];
  keepPlace(() => (added = patchTail(messages(), fresh)));
  document.getElementById("no-messages")?.toggleAttribute("hidden", fresh.childElementCount > 0);
  const theirs = added.filter((each) => each.matches(".is-in"));
  for (const each of added) each.classList.add("is-new");
  if (!isAtEnd()) unseen += theirs.length;
  showWayBack();
  if (theirs.length) tellDocument("theirs", { elements: theirs });
  markRead();
}

// Away for more than a page of messages: nothing shown is in the newest page any more.
function isFarBehind(fresh) {
  const drawn = messages().querySelector("[data-message]:not(.is-pending)");
  return drawn && fresh.childElementCount > 0 && ![...fresh.children].some((each) => each.dataset.message && document.getElementById(each.id));
}

const reopen = () =>
  htmx.ajax("GET", location.pathname + location.search.replace(/[?&]message=[^&]*/, ""), { target: "#workspace", swap: "outerHTML" });

function patchHead(fresh) {
  const head = document.getElementById("head");
  if (!fresh || head.querySelector(":popover-open, dialog[open]") || head.outerHTML === fresh.outerHTML) return;
  const focused = head.contains(document.activeElement) ? document.activeElement : null;
  const at = focused ? [...head.querySelectorAll("button, a")].indexOf(focused) : -1;
  head.replaceWith(fresh);
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

// Older messages: a page at a time, asked for before the top is reached.
const watcher = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && loadOlder(), {
  rootMargin: "600px 0px 0px",
});
let loading = false;

async function loadOlder() {
  const mark = document.getElementById("older");
  if (!mark || loading) return;
  loading = true;
  try {
    const page = parse(`<ol>${await get(mark.dataset.older)}</ol>`).querySelector("ol");
    if (!mark.isConnected) return;
    rememberAll(page);
    mark.replaceWith(...page.childNodes);
    watch();
  } catch {
    watcher.unobserve(mark); // the button in it asks again
  } finally {
    loading = false;
  }
}

function watch() {
  const mark = document.getElementById("older");
  watcher.disconnect();
  if (mark) watcher.observe(mark);
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
  unseen = 0;
  if (!messages()) return;
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
  if (event.target.closest("[data-older] button")) loadOlder();
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
  if (!target || target.id === "workspace" || target.id === "inbox") opened();
});
for (const name of ["focus", "visibilitychange"]) addEventListener(name, markRead);
document.addEventListener("visibilitychange", markRead);
opened();
