// One popup at a time: it closes on a choice, on Escape and on a click elsewhere. Arrows walk through it.

let current = null;

export function openPopup(button, menu, parent) {
  const again = current?.button === button;
  closePopup();
  if (again) return;
  parent.append(menu);
  button.setAttribute("aria-expanded", "true");
  current = { button, menu };
  menu.addEventListener("click", (event) => { if (event.target.closest("button")) closePopup(); });
  menu.querySelector("button")?.focus();
}

export function closePopup() {
  if (!current) return;
  const { button, menu } = current;
  current = null;
  const inside = menu.contains(document.activeElement);
  menu.remove();
  button.setAttribute("aria-expanded", "false");
  if (inside) button.focus({ preventScroll: true });
}

document.addEventListener("pointerdown", (event) => {
  if (current && !current.menu.contains(event.target) && !current.button.contains(event.target)) closePopup();
});

document.addEventListener("keydown", (event) => {
  if (!current) return;
  if (event.key === "Escape") closePopup();
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const buttons = [...current.menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  buttons[(at + step + buttons.length) % buttons.length].focus();
  event.preventDefault();
});
