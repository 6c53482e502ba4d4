// What came while nobody looked stands below a line, as long as the conversation is open.
import { copyOf, word } from "./page.js";

let sinceAway = 0;
let cameBack = true;

// These are the patient's, and were drawn just now.
export function markWhereAway(theirs) {
  if (!theirs.length || (!document.hidden && document.hasFocus())) return;
  if (cameBack) {
    document.getElementById("unread-line")?.remove();
    theirs[0].before(copyOf("#unread-mark"));
    [sinceAway, cameBack] = [0, false];
  }
  sinceAway += theirs.length;
  const line = document.getElementById("unread-line");
  if (line) line.firstElementChild.textContent = `${sinceAway} ${word("unread")}`;
}

export const beginLine = () => (cameBack = true);

addEventListener("focus", beginLine);
