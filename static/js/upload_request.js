// Sending one file to the server, with its progress; and what WhatsApp would refuse, said before.
import { sentenceOf, word } from "./page.js";

const MB = 1024 * 1024;
const LARGEST = 100 * MB;
const NAMED = { doc: "application/msword", xls: "application/vnd.ms-excel", ppt: "application/vnd.ms-powerpoint", txt: "text/plain" };

// What WhatsApp would refuse is said before it is uploaded. The server looks at the bytes; this only at what they say.
export function problemOf(file) {
  const limits = JSON.parse(word("limits"));
  const type = file.type.split(";")[0] || NAMED[file.name.split(".").pop().toLowerCase()];
  if (type && !(type in limits)) return word("wrongKind");
  if (!file.size) return word("emptyFile");
  const most = limits[type] ?? LARGEST;
  return file.size > most ? word("tooLargeFor", { n: Math.max(0.5, Math.round((most / MB) * 10) / 10) }) : "";
}

// `url` is of the conversation that the file is for. fetch() cannot tell the progress of an upload; XMLHttpRequest can.
export function push(url, file, onProgress = () => {}, kind = "") {
  const request = new XMLHttpRequest();
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
  if (kind) form.append("kind", kind);
  request.open("POST", url);
  request.setRequestHeader("X-CSRFToken", document.body.dataset.csrf);
  request.send(form);
  return { done, abort: () => request.abort() };
}
