// Fingers and pointer on a large photo: one moves it, two bring it nearer, a swipe goes to the next.
import { beside, moveTo, stage, viewNow, zoomTo } from "./lightbox_photo.js";

const SWIPE = 80;
const held = new Map();
let moved = false;
let began = null;

export const wasMoved = () => moved;
export const forgetFingers = () => held.clear();

const spread = ([one, two]) => Math.hypot(one.x - two.x, one.y - two.y);
const middle = ([one, two]) => ({ x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 });
const place = (event) => ({ x: event.clientX, y: event.clientY });

function hold(event) {
  if (!event.target.closest?.("[data-lightbox-stage]")) return;
  held.set(event.pointerId, place(event));
  stage().setPointerCapture(event.pointerId);
  moved = false;
  begin();
}

const begin = () => (began = { points: [...held.values()], view: viewNow() });

function drag(event) {
  if (!held.has(event.pointerId)) return;
  held.set(event.pointerId, place(event));
  const points = [...held.values()];
  const [first] = began.points;
  const away = { x: points[0].x - first.x, y: points[0].y - first.y };
  if (Math.hypot(away.x, away.y) > 4) moved = true;
  if (points.length === 2) zoomTo((began.view.zoom * spread(points)) / (spread(began.points) || 1), middle(points));
  else if (viewNow().zoom > 1) moveTo(began.view.x + away.x, began.view.y + away.y);
}

function release(event) {
  if (!held.has(event.pointerId)) return;
  const away = event.clientX - began.points[0].x;
  const isSwipe = held.size === 1 && viewNow().zoom === 1 && Math.abs(away) > SWIPE && event.pointerType === "touch";
  held.delete(event.pointerId);
  if (isSwipe) beside(away < 0 ? 1 : -1);
  begin();
}

document.addEventListener("pointerdown", hold);
document.addEventListener("pointermove", drag);
document.addEventListener("pointerup", release);
document.addEventListener("pointercancel", release);
document.addEventListener("dblclick", (event) => {
  if (event.target.closest?.("[data-lightbox-stage]")) zoomTo(viewNow().zoom > 1 ? 1 : 2.5, place(event));
});
document.addEventListener("wheel", (event) => {
  if (!event.target.closest?.("[data-lightbox-stage]")) return;
  event.preventDefault();
  zoomTo(viewNow().zoom * Math.exp(-event.deltaY / 400), place(event));
}, { passive: false });
