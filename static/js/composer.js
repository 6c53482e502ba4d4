// Where one writes: its field, its two modes, and the line that says what was refused.
import { tellDocument } from "./page.js";

export const composer = () => document.querySelector("[data-composer]");
export const field = () => document.querySelector("[data-composer-text]");

export function setMode(mode) {
  const box = composer();
  if (!box) return;
  if (box.dataset.mode !== mode) {
    tellDocument("mode", { from: box.dataset.mode, to: mode });
    box.dataset.mode = mode;
  }
  for (const button of box.querySelectorAll("[data-mode-button]")) {
    button.setAttribute("aria-pressed", button.dataset.modeButton === mode);
  }
  const text = field();
  text.dataset.placeholderReply ??= text.placeholder;
  text.placeholder = mode === "note" ? text.dataset.placeholderNote : text.dataset.placeholderReply;
  refuse("");
}

export function refuse(sentence) {
  const line = document.querySelector("[data-line-refusal]");
  if (!line) return;
  line.hidden = !sentence;
  line.querySelector("[data-sentence]").textContent = sentence;
}
