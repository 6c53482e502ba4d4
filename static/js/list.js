// The list: opening a conversation, which one is selected, and what a failed request says.
import { readyFor } from "./ahead.js";
import { isOpening, show, tellFailed } from "./opening.js";
import { copyOf, list, onFailed, openConversation, rows, tellDocument, word } from "./page.js";
import { rememberAll } from "./reconcile.js";
import { tell } from "./toasts.js";

const SKELETON_AFTER = 200;
let skeleton = 0;

// What was fetched a moment ago is shown at once. What came since is asked for right after, which also puts the opening
// on record.
export async function open(href) {
  select(new URL(href, location).pathname.split("/")[2]);
  clearTimeout(skeleton);
  skeleton = setTimeout(showSkeleton, SKELETON_AFTER);
  const ready = readyFor(href);
  const isShown = await show("#workspace", href, { ready, leaves: true, push: href }).catch(() => tellFailed());
  if (isShown && ready) tellDocument("ahead", { conversation: openConversation() });
}

// Over the old thread, not instead of it: when the request fails the old one is still there.
function showSkeleton() {
  if (isOpening() && !document.querySelector(".thread-skeleton")) document.querySelector(".thread")?.append(copyOf("#thread-skeleton"));
}

export function select(conversation = openConversation()) {
  for (const row of document.querySelectorAll(".row.is-selected")) row.classList.remove("is-selected");
  for (const link of document.querySelectorAll(".row-link[aria-current]")) link.removeAttribute("aria-current");
  for (const row of document.querySelectorAll(`.row[data-conversation="${conversation}"]`)) {
    row.classList.add("is-selected");
    row.querySelector(".row-link").setAttribute("aria-current", "true");
  }
}

// Rows were drawn, those in `parent` anew.
export function rowsDrawn(parent = rows()) {
  rememberAll(parent);
  select();
  tellDocument("rows");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".row-link, [data-open]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(link.getAttribute("href"));
});

// Back to the list on a phone: the list was never away, only the workspace changes.
document.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-back]")) return;
  event.preventDefault();
  const href = `/?${list().dataset.listing}`;
  const row = document.querySelector(".row.is-selected .row-link");
  const isShown = await show("#workspace", href, { select: "#workspace", leaves: true, push: href }).catch(() => tellFailed());
  if (isShown) row?.focus({ preventScroll: true });
});

// A request that failed: nothing was swapped, so what was shown still is.
function failed(status) {
  if (status === 404 && openConversation()) tellDocument("unseen");
  tell(word(navigator.onLine ? "failed" : "offline"));
  if (isOpening()) return;
  document.querySelector(".thread-skeleton")?.remove();
  select();
}

document.addEventListener("failed", ({ detail }) => failed(detail.status));
onFailed(failed);

document.addEventListener("htmx:after:swap", () => {
  select();
  rememberAll(rows());
});
rememberAll(rows());
select();
