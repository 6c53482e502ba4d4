// Photos open large, over the page.
const box = () => document.getElementById("lightbox");

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-enlarge]");
  if (link && !event.metaKey && !event.ctrlKey) {
    event.preventDefault();
    const image = box().querySelector("[data-lightbox-image]");
    image.src = link.href;
    image.alt = link.querySelector("img")?.alt ?? "";
    box().querySelector("[data-lightbox-download]").href = link.href;
    box().showModal();
  }
  if (event.target.matches("[data-lightbox-image]")) box().close();
});
document.addEventListener("close", (event) => {
  if (event.target === box()) box().querySelector("[data-lightbox-image]").removeAttribute("src");
}, true);
