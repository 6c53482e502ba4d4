// <button data-prints> opens the browser's print dialog.
document.addEventListener("click", (event) => event.target.closest("[data-prints]") && print());
