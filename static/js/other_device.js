// Two devices have written different things here: both are shown, and nothing is dropped unasked.
import { composer, field } from "./composer.js";
import { settleOther } from "./draft_saving.js";
import { otherOf } from "./draft_state.js";
import { openConversation } from "./page.js";

const box = () => document.querySelector("[data-other]");
const other = () => composer() && otherOf(openConversation(), composer().dataset.mode);

function show() {
  if (!box()) return;
  box().hidden = !other();
  box().querySelector("[data-other-text]").textContent = other()?.text ?? "";
}

document.addEventListener("other", () => setTimeout(show)); // after the mode has changed
document.addEventListener("click", (event) => {
  const isAdding = event.target.closest("[data-other-add]");
  if (!other() || !(isAdding || event.target.closest("[data-other-drop]"))) return;
  if (isAdding) field().value = [other().text, field().value].filter((each) => each.trim()).join("\n");
  settleOther(openConversation(), composer().dataset.mode, field().value);
  show();
  field().focus();
});
