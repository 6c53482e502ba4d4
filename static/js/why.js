// What is on record about one message: asked for by the time and ticks at its foot.
import { get, parse, word } from "./page.js";

const NOWHERE = "00000000-0000-0000-0000-000000000000";
const box = () => document.getElementById("why");
let asked = null; // the message's id

async function show(id) {
  asked = id;
  const body = box().querySelector("[data-why-body]");
  body.replaceChildren(document.getElementById("why-skeleton").content.cloneNode(true));
  if (!box().open) box().showModal();
  try {
    const page = parse(await get(box().dataset.url.replace(NOWHERE, id)));
    if (asked === id) body.replaceChildren(...page.body.children);
  } catch {
    if (asked === id) body.textContent = word(navigator.onLine ? "failed" : "offline");
  }
}

document.addEventListener("click", (event) => {
  const foot = event.target.closest("[data-why]");
  if (foot) show(foot.closest("[data-message]").dataset.message);
});
// The bubble may have been drawn anew meanwhile, with another tick: focus goes to the one that is there now.
document.addEventListener("close", (event) => {
  if (event.target !== box()) return;
  document.querySelector(`#message-${CSS.escape(asked ?? "")} [data-why]`)?.focus({ preventScroll: true });
  asked = null;
}, true);
