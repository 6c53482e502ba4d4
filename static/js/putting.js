// data-puts="text" and data-puts-link="/path/" put that on the clipboard and say so.
import { word } from "./page.js";
import { tell } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-puts], [data-puts-link]");
  if (!button) return;
  const { puts, putsLink } = button.dataset;
  try {
    await navigator.clipboard.writeText(puts ?? new URL(putsLink, location).href);
    tell(word("copied"));
  } catch {
    tell(word("notCopied"));
  }
});
