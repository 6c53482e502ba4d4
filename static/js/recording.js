// One recording: its microphone, its pieces of sound, how long it is, listening to it. It knows nothing of the page.
import { listenTo } from "./loudness.js";

const FORMATS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const LAST_PIECE = 100; // milliseconds after a pause
export const LONGEST = 5 * 60_000; // milliseconds

// The first format that this browser can record; undefined when it can record none.
export const formatOf = () => (navigator.mediaDevices && window.MediaRecorder ? FORMATS.find((each) => MediaRecorder.isTypeSupported(each)) : undefined);

export const microphone = () => navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });

export const silence = (stream) => stream.getTracks().forEach((track) => track.stop());

export function record(stream, format) {
  const recorder = new MediaRecorder(stream, { mimeType: format, audioBitsPerSecond: 32_000 });
  const take = { recorder, stream, format, chunks: [], length: 0, since: performance.now(), meter: listenTo(stream) };
  recorder.addEventListener("dataavailable", (event) => event.data.size && take.chunks.push(event.data));
  recorder.start();
  return take;
}

export const isRecording = (take) => take.recorder.state === "recording";
export const mayGoOn = (take) => take.recorder.state !== "inactive" && take.length < LONGEST;

// In milliseconds.
export const lengthOf = (take) => take.length + (take.since ? performance.now() - take.since : 0);

function stopCounting(take) {
  take.length = lengthOf(take);
  take.since = 0;
}

export function pause(take) {
  if (!isRecording(take)) return;
  stopCounting(take);
  take.recorder.pause();
  take.recorder.requestData(); // what there is so far can be listened to
}

export function resume(take) {
  if (take.recorder.state !== "paused" || !mayGoOn(take)) return;
  stopPlaying(take);
  take.recorder.resume();
  take.since = performance.now();
}

const soundOf = (take) => new Blob(take.chunks, { type: take.format });

export function stopPlaying(take) {
  take.sound?.pause();
  if (take.sound) URL.revokeObjectURL(take.sound.src);
  take.sound = null;
}

// `changed` is called as it begins and ends.
export function play(take, changed) {
  const stop = () => (stopPlaying(take), changed());
  if (take.sound) return stop();
  pause(take);
  setTimeout(() => {
    take.sound = new Audio(URL.createObjectURL(soundOf(take)));
    take.sound.addEventListener("ended", stop);
    take.sound.play().catch(stop);
    changed();
  }, LAST_PIECE);
}

// The whole of it, once the recorder has handed over its last piece.
export function finish(take) {
  stopPlaying(take);
  stopCounting(take);
  take.meter?.close();
  take.meter = null;
  silence(take.stream);
  if (take.recorder.state === "inactive") return soundOf(take);
  return new Promise((resolve) => {
    take.recorder.addEventListener("stop", () => resolve(soundOf(take)), { once: true });
    take.recorder.stop();
  });
}

export function fileOf(take, sound, name) {
  const ending = take.format.includes("mp4") ? "m4a" : take.format.slice(6, 10).replace(";", "");
  return new File([sound], `${name}.${ending}`, { type: take.format });
}
