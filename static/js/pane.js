// A pane of the settings that comes anew does not lose the focus; a request that failed is told.
import { onFailed, word } from "./page.js";
import { tell } from "./toasts.js";
import { goToWrong } from "./wrong.js";

const actionOf = (form) => form.getAttribute("action");
const kindOf = (action) => action?.replace(/[0-9a-f-]{36}/, ""); // what it does, whichever row it is about
const formsOf = (pane) => [...pane.querySelectorAll("form")].filter((each) => !each.closest("dialog"));
const CONTROLS = "a[href], button, input, select, textarea, summary";
let left = null; // where the focus was when the pane was asked for

// Found again in the new pane: the same control of the same form, or of the one of its kind that moved up into its
// place; from a dialog, what opened it. When there is nothing of the kind the heading, beside which is told what was done.
function noteFocus() {
  const { activeElement: held } = document;
  const form = held.closest?.("#pane form");
  left = form && {
    action: actionOf(form),
    place: formsOf(document.getElementById("pane")).indexOf(form),
    at: [...form.querySelectorAll(CONTROLS)].indexOf(held),
    dialog: held.closest("dialog")?.id,
  };
}

function again(pane) {
  if (left?.dialog) return pane.querySelector(`[data-opens="${CSS.escape(left.dialog)}"]`);
  const forms = formsOf(pane);
  const near = left ? [forms[left.place], forms[left.place - 1]] : [];
  const form =
    forms.find((each) => actionOf(each) === left?.action) ??
    near.find((each) => each && kindOf(actionOf(each)) === kindOf(left.action));
  return form?.querySelectorAll(CONTROLS)[left.at];
}

function heading(pane) {
  const title = pane.querySelector("h2");
  title?.setAttribute("tabindex", "-1");
  return title;
}

function settle() {
  const pane = document.getElementById("pane");
  if (!pane || goToWrong(pane)) return;
  if (document.activeElement !== document.body) return;
  const meant = [...pane.querySelectorAll("[autofocus]")].find((each) => !each.closest("dialog"));
  for (const each of [meant, again(pane), heading(pane)]) {
    each?.focus();
    if (document.activeElement === each) return;
  }
}

document.addEventListener("htmx:before:request", noteFocus);
document.addEventListener("htmx:after:swap", () => setTimeout(settle));
onFailed((status) => tell(word(status === 404 ? "gone" : navigator.onLine ? "failed" : "offline")));
