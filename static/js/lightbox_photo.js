// The photo in the lightbox: which one of those beside each other, how near, how it is turned.
import { announce, word } from "./page.js";

const NEAREST = 8;
const STEP = 1.5;
const STRIDE = 60; // pixels an arrow key moves a photo that is nearer than the screen

export const box = () => document.getElementById("lightbox");
export const image = () => box().querySelector("[data-lightbox-image]");
export const stage = () => box().querySelector("[data-lightbox-stage]");
const limit = (value, least, most) => Math.min(Math.max(value, least), most);
const isMirrored = () => document.documentElement.dir === "rtl";

let photos = []; // links, in the order of the thread
let at = 0;
let view = { zoom: 1, x: 0, y: 0, turned: 0 };
export const viewNow = () => ({ ...view });

function draw() {
  const { zoom, x, y, turned } = view;
  image().style.transform = `translate(${x}px, ${y}px) scale(${zoom}) rotate(${turned}deg)`;
  image().classList.toggle("is-turned", turned % 180 !== 0);
  stage().classList.toggle("is-near", zoom > 1);
  box().querySelector("[data-lightbox-zoom]").textContent = `${Math.round(zoom * 100)} %`;
}

export function begin(links, first) {
  photos = links;
  show(Math.max(photos.indexOf(first), 0));
}

function show(place) {
  at = place;
  view = { zoom: 1, x: 0, y: 0, turned: 0 };
  const link = photos[at];
  image().src = link.href;
  image().alt = link.querySelector("img")?.alt ?? "";
  box().querySelector("[data-lightbox-download]").href = link.href;
  const count = word("photoOf", { n: at + 1, all: photos.length });
  box().querySelector("[data-lightbox-count]").textContent = count;
  for (const step of [-1, 1]) box().querySelector(`[data-lightbox-step="${step}"]`).disabled = !photos[at + step];
  draw();
  announce(count);
}

export const step = (by) => photos[at + by] && show(at + by);

// Nearer or farther, with the point under the pointer staying where it is.
export function zoomTo(zoom, centre = null) {
  const wanted = limit(zoom, 1, NEAREST);
  const area = stage().getBoundingClientRect();
  const from = centre ?? { x: area.left + area.width / 2, y: area.top + area.height / 2 };
  const away = { x: from.x - area.left - area.width / 2, y: from.y - area.top - area.height / 2 };
  const factor = wanted / view.zoom;
  moveTo(away.x - (away.x - view.x) * factor, away.y - (away.y - view.y) * factor, wanted);
}

export function moveTo(x, y, zoom = view.zoom) {
  const area = stage().getBoundingClientRect();
  const room = { x: (area.width * (zoom - 1)) / 2, y: (area.height * (zoom - 1)) / 2 };
  view = { ...view, zoom, x: limit(x, -room.x, room.x), y: limit(y, -room.y, room.y) };
  draw();
}

export const nearer = () => zoomTo(view.zoom * STEP);
export const farther = () => zoomTo(view.zoom / STEP);
export const up = (by) => moveTo(view.x, view.y + by * STRIDE);
export const turn = () => ((view = { ...view, turned: view.turned + 90, x: 0, y: 0 }), draw());

// Sideways: to the next photo, or along one that is nearer than the screen.
export function beside(way) {
  if (view.zoom > 1) moveTo(view.x - way * STRIDE, view.y);
  else step(isMirrored() ? -way : way);
}
