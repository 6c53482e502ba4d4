// Read means: open, in front, and the newest message before the eyes.
import { openConversation, post, workspace } from "./page.js";
import { isAtEnd } from "./way_back.js";

const AFTER = 250; // milliseconds
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
  }, AFTER);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-leaves-unread]")) workspace().dataset.leftUnread = "";
});
for (const name of ["focus", "visibilitychange"]) addEventListener(name, markRead);
