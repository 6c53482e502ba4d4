// Files for the next message: several at once, each with its progress.
import { composer, field } from "./composer.js";
import { copyOf, openConversation, word } from "./page.js";
import { problemOf, push } from "./upload_request.js";

let uploads = [];

const box = () => document.querySelector("[data-uploads]");

function show(...some) {
  box()?.append(...some.map(({ element }) => element));
  box()?.toggleAttribute("hidden", !uploads.length);
}

// The files that are ready, each with its own caption.
export const uploadsReady = () =>
  uploads.filter((upload) => upload.state === "done").map((upload) => ({ ...upload.file, caption: captionOf(upload) }));

const captionOf = (upload) => upload.element.querySelector("[data-upload-caption]").value.trim();

// Why what is here cannot be sent yet; "" when it can.
export function uploadsProblem() {
  if (uploads.some((upload) => upload.state === "going")) return word("sendNow");
  return uploads.some((upload) => upload.state === "failed") ? word("filesBroken") : "";
}

// They go with the message that was sent, whose bubble shows their previews.
export function handOver() {
  uploads = [];
  box().replaceChildren();
  show();
}

export const add = (files) => [...files].forEach(start);

function make(name, source) {
  const element = copyOf("#upload-item");
  const upload = { state: "going", element, file: null, request: null, preview: source };
  element.querySelector("[data-name]").textContent = name;
  if (source) showPreview(element, source);
  element.querySelector("[data-upload-remove]").addEventListener("click", () => takeAway(upload));
  uploads.push(upload);
  show(upload);
  return upload;
}

function start(file) {
  const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : "";
  const upload = make(file.name, preview);
  const problem = problemOf(file);
  if (problem) return fail(upload, problem);
  const again = upload.element.querySelector("[data-upload-again]");
  again.addEventListener("click", () => go(upload, file));
  go(upload, file);
}

function go(upload, file) {
  const { element } = upload;
  upload.state = "going";
  element.classList.remove("is-broken");
  element.querySelector("[data-problem]").textContent = "";
  element.querySelector("[data-upload-again]").hidden = true;
  upload.request = push(composer().dataset.uploadUrl, file, (percent) => (element.querySelector("progress").value = percent));
  upload.request.done.then(
    (stored) => finish(upload, { ...stored, preview: upload.preview }),
    (sentence) => {
      fail(upload, sentence);
      element.querySelector("[data-upload-again]").hidden = false;
    },
  );
}

function finish(upload, file) {
  upload.state = "done";
  upload.file = file;
  upload.element.classList.add("is-done");
  upload.element.querySelector("[data-upload-caption]").hidden = !["image", "video", "document"].includes(file.kind);
}

// A file that the server has already, as the answer of an upload describes it.
export const addStored = (stored) => finish(make(stored.filename, ""), stored);

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
  forget(upload);
  uploads = uploads.filter((other) => other !== upload);
  upload.element.remove();
  show();
}

// An address made for a preview holds the whole picture in memory until it is revoked.
const forget = ({ preview }) => preview && URL.revokeObjectURL(preview);

function takeAway(upload) {
  const next = upload.element.nextElementSibling ?? upload.element.previousElementSibling;
  remove(upload);
  (next?.querySelector("[data-upload-remove]") ?? field()).focus();
}

// Taken back before it was sent: its files are here again once its conversation is open, and may be answered freely.
const back = new Map(); // conversation -> files
document.addEventListener("returned", ({ detail }) => {
  const { conversation, files = [] } = detail;
  files.forEach(forget);
  back.set(conversation, [...(back.get(conversation) ?? []), ...files]);
  if (conversation === openConversation()) showBack();
});

function showBack() {
  const files = (box() && back.get(openConversation())) ?? [];
  for (const { caption, ...file } of files) {
    const upload = make(file.filename || file.kind, "");
    upload.element.querySelector("[data-upload-caption]").value = caption ?? "";
    finish(upload, { ...file, preview: "" });
  }
  if (files.length) back.delete(openConversation());
}

document.addEventListener("settled", ({ detail }) => detail.part.file && forget(detail.part.file));
document.addEventListener("leaving", () => uploads.forEach(remove));
document.addEventListener("opened", () => (show(...uploads), showBack())); // the same thread anew has another composer
