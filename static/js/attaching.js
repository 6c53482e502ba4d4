// Files come by button, drop or paste.
import { composer } from "./composer.js";
import { add } from "./uploads.js";

const canAttach = () => document.querySelector("[data-composer][data-mode=reply][data-window=open]");

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-attach]")) document.querySelector("[data-files]").click();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-files]")) return;
  add(event.target.files);
  event.target.value = "";
});
document.addEventListener("paste", (event) => {
  if (!event.target.matches?.("[data-composer-text]") || !event.clipboardData.files.length || !canAttach()) return;
  event.preventDefault();
  add(event.clipboardData.files);
});

const isFile = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.(".thread");
const dropping = (on) => composer()?.classList.toggle("is-dropping", on);
document.addEventListener("dragover", (event) => {
  if (isFile(event) && canAttach()) (event.preventDefault(), dropping(true));
});
document.addEventListener("dragleave", (event) => !event.relatedTarget && dropping(false));
document.addEventListener("drop", (event) => {
  dropping(false);
  if (!isFile(event) || !canAttach()) return;
  event.preventDefault();
  add(event.dataTransfer.files);
});
