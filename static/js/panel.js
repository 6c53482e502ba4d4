// The patient panel: shown or hidden, its fields saved as they are left.
import { post, word, workspace } from "./page.js";

const isNarrow = () => matchMedia("(max-width: 1240px)").matches;
const KEY = "panel";

export function togglePanel() {
  const space = workspace();
  if (!space?.dataset.conversation) return;
  const isShown = getComputedStyle(document.getElementById("panel")).display !== "none";
  space.dataset.panel = isShown ? "hidden" : "shown";
  if (!isNarrow()) localStorage.setItem(KEY, space.dataset.panel);
  if (isShown) document.querySelector("[data-panel-toggle]:not(.panel-close)")?.focus();
  else document.querySelector(".panel-close")?.focus();
}

export function closeNarrowPanel() {
  const isOpen = isNarrow() && workspace()?.dataset.panel === "shown";
  if (isOpen) togglePanel();
  return isOpen;
}

async function save(input) {
  if (input.value === input.defaultValue) return;
  const note = input.form.querySelector("[data-saved]");
  const response = await post(input.form.dataset.saves, { [input.name]: input.value }).catch(() => null);
  note.classList.toggle("is-wrong", !response?.ok);
  note.textContent = word(response?.ok ? "saved" : "notSaved");
  if (!response?.ok) return;
  input.defaultValue = input.value;
  setTimeout(() => (note.textContent = ""), 3000);
}

document.addEventListener("click", (event) => {
  const isTap = matchMedia("(max-width: 760px)").matches && event.target.closest("[data-panel-tap]");
  if (isTap || event.target.closest("[data-panel-toggle]")) togglePanel();
});
document.addEventListener("change", (event) => event.target.closest("[data-saves]") && save(event.target));
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-saves]")) return;
  event.preventDefault();
  document.activeElement.blur();
});
document.addEventListener("opened", () => {
  if (!isNarrow() && localStorage.getItem(KEY) === "hidden" && workspace()) workspace().dataset.panel = "hidden";
});
if (!isNarrow() && localStorage.getItem(KEY) === "hidden" && workspace()?.dataset.conversation) workspace().dataset.panel = "hidden";
