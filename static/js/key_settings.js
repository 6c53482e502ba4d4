// The settings page of the keys: the chosen field waits for the key that is pressed next.
import { keyOf } from "./key_names.js";

const PAIRED_WITHIN = 1200;
let waiting = null;
let first = "";
let timer = 0;

function wait(field) {
  stop();
  waiting = field;
  field.drawn = [...field.childNodes];
  field.classList.add("is-waiting");
  field.textContent = field.dataset.waiting;
}

function stop() {
  clearTimeout(timer);
  if (waiting) (waiting.classList.remove("is-waiting"), waiting.replaceChildren(...waiting.drawn));
  [waiting, first] = [null, ""];
}

function choose(form, key) {
  form.elements.key.value = key;
  form.requestSubmit();
}

function take(key) {
  const { form } = waiting;
  if (key === "g" && !first) {
    [first, waiting.textContent] = [key, "g …"];
    timer = setTimeout(() => (stop(), choose(form, "g")), PAIRED_WITHIN);
    return;
  }
  const keys = first ? `${first} ${key}` : key;
  stop();
  choose(form, keys);
}

document.addEventListener("click", (event) => {
  const field = event.target.closest("[data-key-field]");
  const none = event.target.closest("[data-key-none]");
  if (field) wait(field);
  if (none) choose(none.form, "");
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!waiting || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Tab") return stop();
    event.preventDefault();
    event.stopPropagation();
    const key = keyOf(event);
    if (event.key === "Escape") stop();
    else if (key && !event.repeat) take(key);
  },
  true,
);
document.addEventListener("focusout", (event) => event.target === waiting && stop());
document.addEventListener("htmx:after:swap", () => document.querySelector("[data-key-field][autofocus]")?.focus());
