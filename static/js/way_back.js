// The end of the open thread: whether it is before the eyes, what came below them, and the button that leads there.
import { isOpening, showAnew } from "./opening.js";
import { messages, scroller, word, workspace } from "./page.js";
import { isInThePast, timeOf } from "./pages.js";

const NEAR = 80; // pixels from the end that still count as "at the end"
const toLatest = () => document.querySelector("[data-to-latest]");
const unseen = new Set(); // ids of the patient's messages below what is before the eyes
let newest = 0; // when the newest message that was ever shown here came
let reopening = null;

// The scroller is a reversed column: 0 is the end, and the past has negative values.
export const isAtEnd = () => !isInThePast() && Math.abs(scroller()?.scrollTop ?? 0) < NEAR;
export const goToEnd = () => (isInThePast() ? reopen() : scroller()?.scrollTo({ top: 0 }));

// From the past the way leads back to the end; not when another conversation was asked for already.
export async function reopen() {
  if (!reopening && isOpening()) return;
  reopening ??= showAnew(workspace().dataset.address).finally(() => (reopening = null));
  await reopening;
}

export function showWayBack() {
  const button = toLatest();
  if (!button) return;
  if (isAtEnd()) unseen.clear();
  button.hidden = isAtEnd();
  button.classList.toggle("has-new", unseen.size > 0);
  button.querySelector("[data-new-count]").textContent = unseen.size ? `${unseen.size} ${word("unread")}` : "";
}

export function countBelow(elements) {
  for (const each of elements) unseen.add(each.id);
}

export const isNewer = (element) => timeOf(element) > newest;

export function noteShown(elements) {
  for (const each of elements) newest = Math.max(newest, timeOf(each));
}

export function beginAt(time) {
  unseen.clear();
  newest = time;
  scroller()?.addEventListener("scroll", showWayBack, { passive: true });
}

document.addEventListener("drawn", () => noteShown([...messages().querySelectorAll(":scope > [data-at]")].slice(-1)));
document.addEventListener("click", (event) => event.target.closest("[data-to-latest]") && goToEnd());
