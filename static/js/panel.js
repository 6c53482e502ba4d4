// The patient panel: shown or hidden, and brought up to date while somebody may be typing in it.
import { get, openConversation, parse, workspace } from "./page.js";
import { leaveUnseen } from "./sight.js";

const isNarrow = () => matchMedia("(max-width: 1240px)").matches;
const KEY = "panel";
const drawn = new WeakMap(); // part -> as the server drew it; what the browser added is no difference

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

const parts = (panel) => [...panel.children].filter((each) => each.id);
const isBusy = (part) => part.contains(document.activeElement) || part.querySelector(".is-unsaved, .is-asked");

// Part by part: what is being typed in, is not saved, or was asked to be shown stays as it is until it is left.
export async function refreshPanel() {
  const conversation = openConversation();
  if (!conversation) return;
  const fresh = parse(await leaveUnseen(get(workspace().dataset.panelUrl))).getElementById("panel");
  if (openConversation() !== conversation || !fresh) return;
  let before = null;
  for (const part of parts(fresh)) {
    const shown = document.getElementById(part.id);
    if (shown && (asDrawn(shown) === part.outerHTML || isBusy(shown))) before = shown;
    else before = place(remember(part), shown, before);
  }
  for (const part of parts(document.getElementById("panel"))) {
    if (!fresh.querySelector(`#${CSS.escape(part.id)}`) && !isBusy(part)) part.remove();
  }
}

function place(part, shown, before) {
  if (shown) shown.replaceWith(part);
  else if (before) before.after(part);
  else document.getElementById("panel").prepend(part);
  return part;
}

const asDrawn = (part) => drawn.get(part) ?? part.outerHTML;
const remember = (part) => (drawn.set(part, part.outerHTML), part);

function opened() {
  const panel = document.getElementById("panel");
  if (panel) parts(panel).forEach(remember);
  if (!isNarrow() && localStorage.getItem(KEY) === "hidden" && workspace()?.dataset.conversation) workspace().dataset.panel = "hidden";
}

document.addEventListener("click", (event) => {
  const isTap = matchMedia("(max-width: 760px)").matches && event.target.closest("[data-panel-tap]");
  if (isTap || event.target.closest("[data-panel-toggle]")) togglePanel();
});
document.addEventListener("opened", opened);
opened();
