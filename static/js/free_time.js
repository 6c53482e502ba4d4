// A time in free words: the server says what it means, and puts it into the form's own day and time before it is taken.
import { post, sentenceOf, word } from "./page.js";

const READ_AFTER = 220; // milliseconds after the last key
let pause = 0;
let newest = 0;

// True when the words name a time.
async function read(input) {
  clearTimeout(pause);
  const mine = ++newest;
  const words = input.value.trim();
  const told = words ? await ask(input.dataset.freeTime, words) : { shown: "" };
  if (mine !== newest || !input.isConnected) return false;
  const { at } = input.form.elements;
  at.value = told.at ?? "";
  at.dispatchEvent(new Event("input", { bubbles: true }));
  input.setAttribute("aria-invalid", Boolean(words && !told.at));
  input.form.querySelector("[data-free-time-read]").textContent = told.shown;
  return Boolean(told.at);
}

async function ask(url, words) {
  try {
    const response = await post(url, { words });
    return response.ok ? await response.json() : { shown: await sentenceOf(response) };
  } catch {
    return { shown: word("offline") };
  }
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-free-time]")) return;
  clearTimeout(pause);
  pause = setTimeout(() => read(target), READ_AFTER);
});
document.addEventListener("keydown", async (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("[data-free-time]")) return;
  event.preventDefault();
  if (await read(event.target)) event.target.form.requestSubmit();
});
