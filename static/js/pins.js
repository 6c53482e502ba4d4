// Pinning a note to the top of its thread, and taking it down.
import { post, sentenceOf, tellChanged, word } from "./page.js";
import { tell } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-pin]");
  if (!button) return;
  button.disabled = true;
  try {
    const response = await post(button.dataset.pin, "pinOff" in button.dataset ? { off: "1" } : {});
    if (!response.ok) tell(await sentenceOf(response));
    tellChanged();
  } catch {
    tell(word("failed"));
  } finally {
    button.disabled = false;
  }
});
