// On a phone a swipe from the leading edge goes back a screen.
import { closeNarrowPanel } from "./panel.js";

const EDGE = 32;
const FAR = 70;
let start = null;

const isRtl = () => document.documentElement.dir === "rtl";

document.addEventListener("touchstart", (event) => {
  const touch = event.touches[0];
  const fromEdge = isRtl() ? innerWidth - touch.clientX : touch.clientX;
  start = fromEdge < EDGE && innerWidth <= 760 ? touch : null;
}, { passive: true });

document.addEventListener("touchend", (event) => {
  if (!start) return;
  const end = event.changedTouches[0];
  const across = (end.clientX - start.clientX) * (isRtl() ? -1 : 1);
  const isLevel = Math.abs(end.clientY - start.clientY) < across / 2;
  start = null;
  if (across < FAR || !isLevel) return;
  if (!closeNarrowPanel()) document.querySelector("[data-back]")?.click();
}, { passive: true });
