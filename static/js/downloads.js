// <button data-downloads="id" data-filename="…">: that element's text as a file, without asking the server again.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-downloads]");
  if (!button) return;
  const text = document.getElementById(button.dataset.downloads).textContent;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = button.dataset.filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
