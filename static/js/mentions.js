// "@" in a note calls a colleague; being called shows in the list's "Mentions", and ends when the note is seen.
import { alertToMention } from "./alerts.js";
import { openConversation, post, word, workspace } from "./page.js";
import { offer } from "./suggest.js";
import { tell } from "./toasts.js";

offer({ sign: "@", mode: "note", url: "peopleUrl", label: "colleagues" });

const tab = () => document.querySelector(".switcher-mentions");
const count = () => Number.parseInt(tab()?.querySelector(".badge")?.textContent ?? "0", 10);
let before = count();

// The note is before the eyes: its thread is open, in front, and looked at.
function see() {
  const row = document.querySelector(`.row[data-conversation="${openConversation()}"]`);
  const isCalled = workspace()?.hasAttribute("data-mentioned") || row?.hasAttribute("data-mentioned");
  if (!openConversation() || !isCalled || document.hidden || !document.hasFocus()) return;
  workspace().removeAttribute("data-mentioned");
  row?.removeAttribute("data-mentioned");
  post(workspace().dataset.readUrl).catch(() => {});
}

function hear() {
  const now = count();
  if (now > before) {
    alertToMention(word("called"));
    tell(word("called"), { label: word("show"), run: () => tab()?.click() });
  }
  before = now;
  see();
}

document.addEventListener("rows", hear);
document.addEventListener("opened", see);
for (const name of ["focus", "visibilitychange"]) addEventListener(name, see);
see();
