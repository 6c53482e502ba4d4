// Everything that counts: the window on cards and composer, and how long somebody waits.
import { word } from "./page.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SOON = 6 * HOUR;
const URGENT = 2 * HOUR;

function length(milliseconds) {
  const minutes = Math.max(Math.floor(milliseconds / MINUTE), 0);
  if (minutes < 60) return word("min", { n: minutes || "<1" });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return word("hours", { n: hours });
  const days = Math.floor(hours / 24);
  return word(days === 1 ? "day" : "days", { n: days });
}

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function showLeft(element, now) {
  const left = Date.parse(element.dataset.until) - now;
  element.classList.toggle("is-soon", left < SOON);
  element.classList.toggle("is-urgent", left < URGENT);
  element.classList.toggle("is-closing", left < HOUR && "waits" in element.dataset);
  if (left <= 0) return element.remove();
  write(element.querySelector("[data-left]"), length(left));
  element.querySelector(".ring-left")?.setAttribute("stroke-dasharray", `${Math.round((left / (24 * HOUR)) * 100)} 100`);
}

// The head knows the newest end of the window; the composer follows it, also back to open.
function showComposer(now) {
  const composer = document.querySelector("[data-composer]");
  if (!composer) return;
  const head = document.getElementById("head")?.dataset ?? {};
  const until = Date.parse(head.until ?? "");
  const left = until - now;
  const state = left > 0 ? "open" : "closed";
  if (composer.dataset.window !== state) composer.dataset.window = state;
  const line = composer.querySelector("[data-line-window]");
  line.hidden = !(left > 0 && left < URGENT);
  line.classList.toggle("is-urgent", left < HOUR / 2);
  line.classList.toggle("is-closing", left < HOUR && "waits" in head);
  write(line.querySelector("[data-left]"), length(left));
}

function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll(".row-ring, .head-window")) showLeft(element, now);
  for (const element of document.querySelectorAll("[data-since]")) {
    write(element.querySelector("[data-ago]"), length(now - Date.parse(element.dataset.since)));
    const { soon, due } = element.dataset;
    element.classList.toggle("is-soon", Boolean(soon) && now >= Date.parse(soon));
    element.classList.toggle("is-overdue", Boolean(due) && now >= Date.parse(due));
  }
  showComposer(now);
}

setInterval(tick, 5000);
for (const name of ["opened", "head", "rows", "visibilitychange"]) document.addEventListener(name, tick);
tick();
