// Files for the next message: several at once, each with its progress; by button, drop or paste.
import { sentenceOf, tellDocument, word } from "./page.js";

const LARGEST = 100 * 1024 * 1024;
let uploads = [];

const box = () => document.querySelector("[data-uploads]");

// The files that are ready; null while one is still on its way.
export function uploadsReady() {
  if (uploads.some((upload) => upload.state === "going")) return null;
  return uploads.filter((upload) => upload.state === "done").map((upload) => upload.file);
}

export function clearUploads() {
  uploads = [];
  if (!box()) return;
  box().replaceChildren();
  box().hidden = true;
}

export function add(files, onDone = null) {
  for (const file of files) start(file, onDone);
}

function start(file, onDone) {
  const element = document.getElementById("upload-item").content.firstElementChild.cloneNode(true);
  const upload = { state: "going", element, file: null, request: null };
  element.querySelector("[data-name]").textContent = file.name;
  const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : "";
  if (preview) showPreview(element, preview);
  element.querySelector("[data-upload-remove]").addEventListener("click", () => remove(upload));
  uploads.push(upload);
  box().append(element);
  box().hidden = false;
  if (file.size > LARGEST) return fail(upload, word("tooLarge"));
  upload.request = push(file, (percent) => (element.querySelector("progress").value = percent));
  upload.request.done.then(
    (stored) => {
      upload.state = "done";
      upload.file = { ...stored, preview };
      element.classList.add("is-done");
      onDone?.(upload.file);
      tellDocument("uploaded");
    },
    (sentence) => fail(upload, sentence),
  );
}

function showPreview(element, source) {
  const image = new Image();
  image.src = source;
  image.alt = "";
  element.querySelector(".upload-icon").replaceChildren(image);
}

function fail(upload, sentence) {
  upload.state = "failed";
  upload.element.classList.add("is-broken");
  upload.element.querySelector("[data-problem]").textContent = sentence || word("uploadFailed");
}

function remove(upload) {
  upload.request?.abort();
  uploads = uploads.filter((other) => other !== upload);
  upload.element.remove();
  box().hidden = !uploads.length;
}

// fetch() cannot tell the progress of an upload; XMLHttpRequest can.
export function push(file, onProgress = () => {}) {
  const request = new XMLHttpRequest();
  const url = document.querySelector("[data-composer]").dataset.uploadUrl;
  const done = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => onProgress((event.loaded / event.total) * 100));
    request.addEventListener("load", async () => {
      if (request.status < 300) return resolve(JSON.parse(request.responseText));
      reject(await sentenceOf(new Response(request.responseText)));
    });
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => reject(word("uploadFailed")));
  });
  const form = new FormData();
  form.append("file", file);
  request.open("POST", url);
  request.setRequestHeader("X-CSRFToken", document.body.dataset.csrf);
  request.send(form);
  return { done, abort: () => request.abort() };
}

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
const dropping = (on) => document.querySelector("[data-composer]")?.classList.toggle("is-dropping", on);
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
document.addEventListener("leaving", clearUploads);
