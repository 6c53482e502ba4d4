// Light, dark or as the system says; remembered on this device.
const NAMES = ["auto", "light", "dark"];
const root = document.documentElement;

function show() {
  for (const label of document.querySelectorAll("[data-theme-name]")) label.textContent = root.dataset.theme;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-next]")) return;
  root.dataset.theme = NAMES[(NAMES.indexOf(root.dataset.theme) + 1) % NAMES.length];
  localStorage.setItem("theme", root.dataset.theme);
  show();
});
show();
