// On a phone the settings list is folded behind a button that says where one is.
const button = document.querySelector("[data-settings-menu]");
// Its own words, without what is counted beside them.
const wordsOf = (link) => [...link.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("").trim();
const here = document.querySelector(".settings-links [aria-current]");
if (here) document.querySelector("[data-settings-here]").textContent = wordsOf(here);
button?.addEventListener("click", () => {
  const isOpen = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) (here ?? document.querySelector(".settings-links a")).focus();
});
document.querySelector(".settings-nav")?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || button.getAttribute("aria-expanded") !== "true") return;
  button.setAttribute("aria-expanded", "false");
  button.focus();
});
