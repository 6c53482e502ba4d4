// Answering what a colleague holds: one line says so, one click takes it over.
import { composer, field } from "./composer.js";

const line = () => document.querySelector("[data-line-held]");
const taker = () => document.querySelector('#head [data-does="assign"]');

function show() {
  if (!line()) return;
  const holder = document.getElementById("head")?.dataset.heldBy ?? "";
  line().hidden = !(holder && taker() && composer().dataset.mode === "reply" && field().value.trim());
  line().querySelector("[data-held]").textContent = line().dataset.sentence.replace("{name}", holder);
}

for (const name of ["typed", "filled", "opened", "head", "sent", "mode", "htmx:after:swap"]) document.addEventListener(name, () => setTimeout(show));
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-held-take]")) return;
  taker()?.click();
  field().focus();
});
