// Photos open large over the page: the thread's own, one after the other, nearer, turned, by pointer, finger and key.
import { begin, beside, box, farther, image, nearer, step, turn, up, zoomTo } from "./lightbox_photo.js";
import { forgetFingers, wasMoved } from "./lightbox_touch.js";

let opener = null;

function open(link) {
  const gallery = link.closest("#messages, #panel-files");
  opener = link;
  box().showModal();
  begin(gallery ? [...gallery.querySelectorAll("[data-enlarge]")] : [link], link);
}

const ACTS = {
  "+": nearer,
  "=": nearer,
  "-": farther,
  0: () => zoomTo(1),
  r: turn,
  d: () => box().querySelector("[data-lightbox-download]").click(),
  ArrowLeft: () => beside(-1),
  ArrowRight: () => beside(1),
  ArrowUp: () => up(1),
  ArrowDown: () => up(-1),
  PageUp: () => step(-1),
  PageDown: () => step(1),
};

function isOnPhoto({ clientX, clientY }) {
  const { left, right, top, bottom } = image().getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}

const BUTTONS = {
  "[data-lightbox-step]": (button) => step(Number(button.dataset.lightboxStep)),
  "[data-lightbox-nearer]": nearer,
  "[data-lightbox-farther]": farther,
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
