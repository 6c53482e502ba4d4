// The file of a template's header: chosen, uploaded and shown. It is its form's: no other template, no other patient gets it.
import { composer } from "./composer.js";
import { push } from "./upload_request.js";

const files = new WeakMap(); // form -> its file, as the answer of the upload describes it
let upload = null; // of the open form

export const fileOf = (form) => files.get(form);

export function dropUpload() {
  upload?.abort();
  upload = null;
}

function choose({ form }) {
  const input = Object.assign(document.createElement("input"), { type: "file" });
  input.addEventListener("change", () => form.isConnected && take(form, input.files[0]));
  input.click();
}

async function take(form, chosen) {
  const name = form.querySelector("[data-template-file-name]");
  const none = (name.dataset.none ??= name.textContent);
  const complain = (sentence) => (form.querySelector("[data-picker-error]").textContent = sentence);
  dropUpload();
  files.delete(form);
  complain("");
  const mine = (upload = push(composer().dataset.uploadUrl, chosen, (percent) => (name.textContent = `${Math.round(percent)} %`)));
  try {
    const stored = await mine.done;
    if (upload !== mine) return;
    files.set(form, stored);
    name.textContent = stored.filename;
    show(form, chosen);
  } catch (sentence) {
    if (upload === mine) (complain(sentence), (name.textContent = none));
  }
}

// A photo is shown as the patient will see it, above the words.
function show(form, chosen) {
  if (!chosen.type.startsWith("image/")) return;
  const image = Object.assign(new Image(), { src: URL.createObjectURL(chosen), alt: "" });
  for (const name of ["load", "error"]) image.addEventListener(name, () => URL.revokeObjectURL(image.src));
  form.querySelector("[data-preview-file]")?.replaceChildren(image);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-template-file]");
  if (button) choose(button);
});
document.addEventListener("htmx:after:swap", (event) => event.detail?.ctx?.target?.id === "template-picker" && dropUpload());
document.addEventListener("leaving", dropUpload);
