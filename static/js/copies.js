// <button data-copies="id"> puts that field's text on the clipboard and says so for a moment.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    return; // not allowed: the text is selected, so that Ctrl-C copies it
  }
  const icon = button.querySelector("svg");
  button.classList.add("is-copied");
  icon.style.opacity = 0.4;
  setTimeout(() => {
    button.classList.remove("is-copied");
    icon.style.opacity = "";
  }, 1200);
});
