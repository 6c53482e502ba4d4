// The first steps tick by themselves: looked at again when rows change, when one comes back to the page, and now and then.
import { get, parse } from "./page.js";

const NOW_AND_THEN = 10_000;

async function lookAgain() {
  const shown = document.querySelector("[data-first-steps]");
  if (!shown || document.hidden) return;
  try {
    const fresh = parse(await get(shown.dataset.firstSteps)).getElementById("first-steps");
    if (!fresh || shown.textContent === fresh.textContent || shown.contains(document.activeElement)) return;
    shown.replaceWith(fresh);
  } catch {
    // asked again soon
  }
}

document.addEventListener("rows", lookAgain);
document.addEventListener("visibilitychange", lookAgain);
setInterval(lookAgain, NOW_AND_THEN);
