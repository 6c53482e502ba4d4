// How many letters are left, once it matters.
import { field } from "./composer.js";
import { word } from "./page.js";

const LONGEST = 4096; // WhatsApp's limit of a text; a note may be as long
const NEAR = 300;

const lengthOf = (text) => (text.length < LONGEST - NEAR ? text.length : [...text.trim()].length); // as the server counts

// How many letters are too many; 0 when it fits.
export const excess = () => Math.max(0, lengthOf(field()?.value ?? "") - LONGEST);

function count() {
  const box = document.querySelector("[data-count]");
  if (!box || !field()) return;
  const left = LONGEST - lengthOf(field().value);
  box.hidden = left > NEAR;
  box.classList.toggle("is-over", left < 0);
  box.textContent = box.hidden ? "" : word(left < 0 ? "countOver" : "countLeft", { n: Math.abs(left) });
}

document.addEventListener("input", (event) => event.target.matches("[data-composer-text]") && count());
for (const name of ["typed", "sent", "opened", "mode", "returned"]) document.addEventListener(name, () => queueMicrotask(count));
