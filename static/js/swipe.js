// On a phone: a swipe from the leading edge goes back a screen, one across a row closes or snoozes its conversation.
import { close, run } from "./bulk.js";
import { list } from "./page.js";
import { closeNarrowPanel } from "./panel.js";
import { selection } from "./selecting.js";

const EDGE = 32;
const FAR = 70;
const ACT = 96; // pixels after which a row's swipe counts
let start = null;
let pulled = null; // {row, link, by}

const isRtl = () => document.documentElement.dir === "rtl";
const isPhone = () => innerWidth <= 760;
const forward = (x) => (isRtl() ? -x : x);

document.addEventListener("touchstart", (event) => {
  const touch = event.touches[0];
  const fromEdge = isRtl() ? innerWidth - touch.clientX : touch.clientX;
  start = isPhone() && event.touches.length === 1 ? { x: touch.clientX, y: touch.clientY, isEdge: fromEdge < EDGE, row: rowOf(event.target) } : null;
}, { passive: true });

function rowOf(target) {
  const row = target.closest?.("#rows > .row:not(.is-sealed)");
  return row && !selection().size && !("query" in list().dataset) ? row : null;
}

document.addEventListener("touchmove", (event) => {
  if (!start?.row || start.isEdge) return;
  const touch = event.touches[0];
  const across = touch.clientX - start.x;
  if (!pulled) {
    if (Math.abs(touch.clientY - start.y) > Math.abs(across)) return (start = null);
    if (Math.abs(across) < 12) return;
    pulled = { row: start.row, link: start.row.querySelector(".row-link"), by: 0 };
  }
  pull(across);
}, { passive: true });

// What is under a row says what will happen: close towards the end of the line, snooze towards its beginning.
const actOf = (row, by) => {
  if (forward(by) > 0) return "snooze";
  return row.dataset.status === "open" ? "close" : "reopen";
};

function pull(by) {
  const { row, link } = pulled;
  pulled.by = by;
  link.style.transform = `translateX(${by}px)`;
  const act = actOf(row, by);
  row.dataset.swiping = act;
  row.toggleAttribute("data-far", Math.abs(by) > ACT);
  let under = row.querySelector(".row-under");
  if (!under) row.prepend((under = Object.assign(document.createElement("span"), { className: "row-under", ariaHidden: "true" })));
  under.textContent = document.querySelector("[data-bulk]").dataset[`swipe${act[0].toUpperCase()}${act.slice(1)}`];
}

function release() {
  const { row, link, by } = pulled;
  pulled = null;
  link.style.transform = "";
  row.querySelector(".row-under")?.remove();
  row.removeAttribute("data-far");
  delete row.dataset.swiping;
  if (Math.abs(by) <= ACT) return;
  const act = actOf(row, by);
  const one = [[row.dataset.conversation, row.dataset.heard]];
  if (act === "close") return close(one, link);
  run(act, act === "snooze" ? { until: "tomorrow" } : {}, one);
}

document.addEventListener("touchend", (event) => {
  if (pulled) release();
  else if (start?.isEdge) goBack(event.changedTouches[0]);
  start = null;
}, { passive: true });
document.addEventListener("touchcancel", () => {
  if (pulled) (pulled.by = 0), release();
  start = null;
}, { passive: true });

function goBack(end) {
  const across = forward(end.clientX - start.x);
  const isLevel = Math.abs(end.clientY - start.y) < across / 2;
  if (across < FAR || !isLevel) return;
  if (!closeNarrowPanel()) document.querySelector("[data-back]")?.click();
}
