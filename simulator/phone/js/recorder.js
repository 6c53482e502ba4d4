// Voice notes: recorded where the browser and the person allow it, else a sample.

import { upload } from "./api.js";
import { byId, icon, toast } from "./dom.js";

const FORMATS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus"];
let recorder = null;
let ticking = null;

export function bindRecorder(send) {
  byId("record-send").append(icon("send"));
  byId("mic").addEventListener("click", () => start(send));
  byId("record-send").addEventListener("click", () => stop(true));
  byId("record-cancel").addEventListener("click", () => stop(false));
}

async function start(send) {
  const format = window.MediaRecorder && FORMATS.find((f) => MediaRecorder.isTypeSupported(f));
  let stream = null;
  try {
    stream = format && (await navigator.mediaDevices.getUserMedia({ audio: true }));
  } catch {
    stream = null;
  }
  if (!stream) {
    toast("No microphone here: a sample voice note was sent.");
    await send({ type: "audio", audio: { sample: true, voice: true } });
    return;
  }
  const chunks = [];
  recorder = new MediaRecorder(stream, { mimeType: format });
  recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
  recorder.addEventListener("stop", () => finish(stream, chunks, format, send));
  recorder.start();
  show(true);
}

function show(recording) {
  byId("record").hidden = !recording;
  document.querySelector(".composer__row").hidden = recording;
  clearInterval(ticking);
  if (!recording) return;
  const since = Date.now();
  const tick = () => {
    const seconds = Math.floor((Date.now() - since) / 1000);
    byId("record-time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  tick();
  ticking = setInterval(tick, 250);
}

function stop(wanted) {
  recorder.wanted = wanted;
  recorder.stop();
}

async function finish(stream, chunks, format, send) {
  const wanted = recorder.wanted;
  stream.getTracks().forEach((track) => track.stop());
  show(false);
  if (!wanted) return;
  const stored = await upload(new Blob(chunks, { type: format }), "voice", format);
  await send({ type: "audio", audio: { id: stored.id, voice: true } });
}
