// Popover menus: placed beside the button that opens them, walked with the arrow keys; words typed over the choices
// of a time go to the field for them.
const GAP = 4;
const MARGIN = 8;

const isShown = (element) => element.checkVisibility();

// Several buttons may open one menu; the visible one is where it belongs.
const openerOf = (menu) => {
  const openers = [...document.querySelectorAll(`[popovertarget="${CSS.escape(menu.id)}"]`)];
  return openers.find(isShown) ?? document.querySelector("[popovertarget=more-menu]");
};

const fits = (value, size, room) => Math.max(MARGIN, Math.min(value, room - size - MARGIN));

export function place(menu) {
  const opener = menu.opener ?? openerOf(menu);
  if (!opener) return;
  const box = opener.getBoundingClientRect();
  const rtl = document.documentElement.dir === "rtl";
  const alignEnd = (menu.dataset.menu === "end") !== rtl;
  const below = box.bottom + GAP;
  const above = box.top - GAP - menu.offsetHeight;
  const top = below + menu.offsetHeight > innerHeight - MARGIN && above > MARGIN ? above : below;
  menu.style.top = `${fits(top, menu.offsetHeight, innerHeight)}px`;
  menu.style.left = `${fits(alignEnd ? box.right - menu.offsetWidth : box.left, menu.offsetWidth, innerWidth)}px`;
}

const WORDS = "[data-free-time]";
const items = (menu) => [...menu.querySelectorAll(`.menu-item:not([disabled]), ${WORDS}`)].filter((item) => item.offsetParent);
const isLetter = ({ key, ctrlKey, metaKey, altKey }) => key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]")) return;
    const isOpen = event.newState === "open";
    (menu.opener ?? openerOf(menu))?.setAttribute("aria-expanded", isOpen);
    if (!isOpen) return;
    place(menu);
    (menu.querySelector("[data-first]") ?? items(menu)[0])?.focus({ preventScroll: true });
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu[popover]");
  if (!menu || event.isComposing || event.target.matches(`:is(input, textarea):not(${WORDS})`)) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return isLetter(event) && event.target.matches(".menu-item") && menu.querySelector(WORDS)?.focus();
  event.preventDefault();
  const all = items(menu);
  all.at((all.indexOf(event.target) + step) % all.length)?.focus();
});

document.addEventListener("click", (event) => {
  const item = event.target.closest(".menu-item");
  if (item && !item.hasAttribute("data-stays")) item.closest("[popover]")?.hidePopover();
});
