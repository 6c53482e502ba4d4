// Photos open large over the page: the thread's own, one after the other, nearer, turned, by pointer, finger and key.
import { forgetFingers, wasMoved } from "./lightbox_touch.js";
import { announce, word } from "./page.js";

const NEAREST = 8;
const STEP = 1.5;
const STRIDE = 60; // pixels an arrow key moves a photo that is nearer than the screen

const box = () => document.getElementById("lightbox");
const image = () => box().querySelector("[data-lightbox-image]");
export const stage = () => box().querySelector("[data-lightbox-stage]");
const limit = (value, least, most) => Math.min(Math.max(value, least), most);
const isMirrored = () => document.documentElement.dir === "rtl";

let photos = []; // links, in the order of the thread
let at = 0;
let view = { zoom: 1, x: 0, y: 0, turned: 0 };
let opener = null;
export const viewNow = () => ({ ...view });

function draw() {
  const { zoom, x, y, turned } = view;
  image().style.transform = `translate(${x}px, ${y}px) scale(${zoom}) rotate(${turned}deg)`;
  image().classList.toggle("is-turned", turned % 180 !== 0);
  stage().classList.toggle("is-near", zoom > 1);
  box().querySelector("[data-lightbox-zoom]").textContent = `${Math.round(zoom * 100)} %`;
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

const step = (by) => photos[at + by] && show(at + by);

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

const turn = () => ((view = { ...view, turned: view.turned + 90, x: 0, y: 0 }), draw());

function open(link) {
  const gallery = link.closest("#messages, #panel-files");
  photos = gallery ? [...gallery.querySelectorAll("[data-enlarge]")] : [link];
  opener = link;
  box().showModal();
  show(Math.max(photos.indexOf(link), 0));
}

const ACTS = {
  "+": () => zoomTo(view.zoom * STEP),
  "=": () => zoomTo(view.zoom * STEP),
  "-": () => zoomTo(view.zoom / STEP),
  0: () => zoomTo(1),
  r: turn,
  d: () => box().querySelector("[data-lightbox-download]").click(),
  ArrowLeft: () => beside(-1),
  ArrowRight: () => beside(1),
  ArrowUp: () => moveTo(view.x, view.y + STRIDE),
  ArrowDown: () => moveTo(view.x, view.y - STRIDE),
  PageUp: () => step(-1),
  PageDown: () => step(1),
};

// Sideways: to the next photo, or along one that is nearer than the screen.
export function beside(way) {
  if (view.zoom > 1) moveTo(view.x - way * STRIDE, view.y);
  else step(isMirrored() ? -way : way);
}

function isOnPhoto({ clientX, clientY }) {
  const { left, right, top, bottom } = image().getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}

const BUTTONS = {
  "[data-lightbox-step]": (button) => step(Number(button.dataset.lightboxStep)),
  "[data-lightbox-nearer]": ACTS["+"],
  "[data-lightbox-farther]": ACTS["-"],
  "[data-lightbox-turn]": turn,
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-enlarge]");
  if (link && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    return open(link);
  }
  for (const [name, act] of Object.entries(BUTTONS)) {
    const button = event.target.closest(name);
    if (button) return act(button);
  }
  if (event.target.matches("[data-lightbox-stage]") && !wasMoved() && !isOnPhoto(event)) box().close();
});

document.addEventListener("keydown", (event) => {
  if (!box()?.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}, true);

// Focus goes back to the photo it came from, also when its bubble was drawn anew meanwhile.
document.addEventListener("close", (event) => {
  if (event.target !== box()) return;
  image().removeAttribute("src");
  forgetFingers();
  const back = opener?.isConnected ? opener : document.querySelector(`[data-enlarge][href="${CSS.escape(opener?.getAttribute("href") ?? "")}"]`);
  back?.focus({ preventScroll: true });
}, true);
