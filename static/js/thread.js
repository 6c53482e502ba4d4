// The open thread: what is new in it is put where it belongs, without moving what one reads.
import { isInThePast, keepPlace, watch } from "./pages.js";
import { showAnew } from "./opening.js";
import { get, messages, openConversation, parse, scroller, tellDocument, word, workspace } from "./page.js";
import { markRead } from "./reading.js";
import { patch, patchTail, rememberAll } from "./reconcile.js";
import { leaveUnseen } from "./sight.js";
import { patchParts } from "./thread_parts.js";
import { tell } from "./toasts.js";
import { beginLine, markWhereAway } from "./unread_line.js";
import { beginAt, countBelow, isAtEnd, isNewer, noteShown, reopen, showWayBack } from "./way_back.js";

let shown = null; // the workspace that was opened last

// Add at the end; who reads further up keeps their place. From the past the way leads back to the end first; nothing is
// added to another conversation that was opened on the way.
export async function append(...elements) {
  const conversation = openConversation();
  if (isInThePast()) await reopen();
  if (openConversation() !== conversation || !messages()) return;
  const missing = elements.filter(({ dataset }) => !messages().querySelector(`[data-client="${CSS.escape(dataset.client)}"]`));
  keepPlace(() => messages().append(...missing), !isAtEnd());
}

export async function refreshThread(headers = {}) {
  const conversation = openConversation();
  if (!conversation) return;
  const page = parse(await leaveUnseen(get(workspace().dataset.newsUrl, { headers })));
  if (openConversation() !== conversation) return;
  patchParts(page);
  tellDocument("news", { page });
  const fresh = page.getElementById("news");
  for (const id of ["older", "beginning", "no-messages"]) fresh.querySelector(`#${id}`)?.remove();
  if (!isInThePast() && isFarBehind(fresh)) return reopen();
  if (isInThePast()) noticeAhead(fresh);
  else takeIn(fresh);
  for (const each of page.querySelectorAll("#threads > [data-message]")) patchNote(each);
  showWayBack();
  tellDocument("drawn");
  markRead();
}

// The newest page belongs right after what is drawn.
function takeIn(fresh) {
  let added = [];
  keepPlace(() => (added = patchTail(messages(), fresh)), !isAtEnd());
  document.getElementById("no-messages")?.toggleAttribute("hidden", fresh.childElementCount > 0);
  for (const each of added) each.classList.add("is-new");
  const theirs = added.filter((each) => each.matches(".is-in"));
  if (!isAtEnd()) countBelow(theirs);
  markWhereAway(theirs);
  noteShown(added);
}

// Between what is drawn and the newest page there is more: what is drawn is kept up to date, the rest is counted.
function noticeAhead(fresh) {
  for (const each of [...fresh.children]) {
    const drawn = document.getElementById(each.id);
    if (drawn && messages().contains(drawn)) patch(drawn, each);
    else if (each.matches(".is-in") && isNewer(each)) countBelow([each]);
  }
}

// A note further up, to which somebody has answered.
function patchNote(fresh) {
  const drawn = document.getElementById(fresh.id);
  if (!drawn || !messages().contains(drawn)) return;
  const isAbove = drawn.getBoundingClientRect().bottom < scroller().getBoundingClientRect().top;
  keepPlace(() => patch(drawn, fresh), !isAbove && !isAtEnd());
}

// Away for more than a page of messages: nothing shown is in the newest page any more.
function isFarBehind(fresh) {
  const drawn = messages().querySelector("[data-message]:not(.is-pending)");
  return drawn && fresh.childElementCount > 0 && ![...fresh.children].some((each) => each.dataset.message && document.getElementById(each.id));
}

// False when it is not drawn.
export function jumpTo(id) {
  const answer = document.getElementById(`answer-${id}`);
  if (answer) answer.closest("details").open = true;
  const target = answer ?? document.getElementById(`message-${id}`);
  if (!target || target.matches(".note-answer")) return false; // its thread is not on the page
  target.scrollIntoView({ block: "center" });
  target.classList.remove("is-found");
  requestAnimationFrame(() => target.classList.add("is-found"));
  return true;
}

function opened() {
  shown = workspace();
  beginLine();
  if (!messages()) return;
  beginAt(Number(workspace().dataset.newest));
  rememberAll(messages());
  if (messages().dataset.jump) jumpTo(messages().dataset.jump);
  else document.getElementById("unread-line")?.scrollIntoView({ block: "nearest" });
  watch();
  showWayBack();
  markRead();
  tellDocument("opened", { conversation: openConversation() });
}

document.addEventListener("click", (event) => {
  const more = event.target.closest("[data-show-all]");
  if (more) (more.previousElementSibling.classList.remove("is-long"), more.remove());
  const quote = event.target.closest("[data-jump-to]");
  if (!quote) return;
  event.preventDefault();
  const id = quote.dataset.jumpTo;
  if (!jumpTo(id)) showAnew(`/conversations/${openConversation()}/?message=${id}`);
});

document.addEventListener("htmx:after:swap", () => workspace() !== shown && opened());
document.addEventListener("ahead", () => refreshThread({ "X-Opened": "1" }).catch(() => tell(word("stale"))));
opened();
