// The list: opening a conversation, which one is selected, and what a failed request says.
import { readyFor } from "./ahead.js";
import { copyOf, list, openConversation, rows, tellDocument, word } from "./page.js";
import { rememberAll } from "./reconcile.js";
import { tell } from "./toasts.js";

const SKELETON_AFTER = 200;

export function open(href) {
  tellDocument("leaving");
  select(new URL(href, location).pathname.split("/")[2]);
  const ready = readyFor(href);
  if (ready) return showReady(href, ready);
  const skeleton = setTimeout(showSkeleton, SKELETON_AFTER);
  return htmx
    .ajax("GET", href, { target: "#workspace", swap: "outerHTML", push: href })
    .finally(() => (clearTimeout(skeleton), hideSkeleton()));
}

// Fetched a moment ago: shown at once. What came since is asked for right after, which also puts the opening on record.
async function showReady(href, html) {
  history.pushState({ htmx: true }, "", href);
  await htmx.swap({ text: html, target: "#workspace", swap: "outerHTML", sourceElement: document.getElementById("inbox") });
  tellDocument("ahead", { conversation: openConversation() });
}

// Over the old thread, not instead of it: when the request fails the old one is still there.
function showSkeleton() {
  document.querySelector(".thread")?.append(copyOf("#thread-skeleton"));
}

const hideSkeleton = () => document.querySelector(".thread-skeleton")?.remove();

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
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  event.preventDefault();
  tellDocument("leaving");
  const href = `/?${list().dataset.listing}`;
  const row = document.querySelector(".row.is-selected .row-link");
  htmx
    .ajax("GET", href, { target: "#workspace", select: "#workspace", swap: "outerHTML", push: href })
    .then(() => row?.focus({ preventScroll: true }));
});

// A request of htmx that failed: nothing was swapped, so what was shown still is.
for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail?.ctx?.status?.includes?.("Abort")) return;
    if (detail?.ctx?.response?.status === 404 && openConversation()) tellDocument("unseen");
    tell(word(navigator.onLine ? "failed" : "offline"));
    select();
  });
}

document.addEventListener("htmx:after:swap", () => {
  select();
  rememberAll(rows());
});
rememberAll(rows());
select();
