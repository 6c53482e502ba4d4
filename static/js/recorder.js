// A voice message: recorded, paused, listened to, sent or thrown away. One per conversation is kept while others are open.
import { seen } from "./seen.js";
import { refuse } from "./composer.js";
import { planned, setPlan } from "./later.js";
import { send } from "./outbox.js";
import { announce, openConversation, word } from "./page.js";
import { clearReply, replyTarget } from "./replies.js";
import { together } from "./undo.js";
import { push } from "./upload_request.js";
import { listenTo } from "./loudness.js";

const FORMATS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const LONGEST = 5 * 60_000; // milliseconds
const TICK = 100;
const kept = new Map(); // conversation -> its recording
let ticking = 0;

const bar = () => document.querySelector("[data-recorder]");
const part = (name) => bar().querySelector(`[data-record-${name}]`);
const current = () => kept.get(openConversation());

const clock = (milliseconds) => {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const lengthOf = (take) => take.length + (take.since ? performance.now() - take.since : 0);

async function start() {
  if (current()) return part("send").focus();
  const format = window.MediaRecorder && FORMATS.find((each) => MediaRecorder.isTypeSupported(each));
  if (!format || !navigator.mediaDevices) return refuse(word("micUnable"));
  const conversation = openConversation();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
  } catch (error) {
    return refuse(word(error.name === "NotFoundError" ? "micMissing" : "micRefused"));
  }
  if (openConversation() !== conversation) return stream.getTracks().forEach((track) => track.stop());
  const recorder = new MediaRecorder(stream, { mimeType: format, audioBitsPerSecond: 32_000 });
  const take = { recorder, stream, format, chunks: [], length: 0, since: performance.now(), meter: listenTo(stream) };
  recorder.addEventListener("dataavailable", (event) => event.data.size && take.chunks.push(event.data));
  kept.set(conversation, take);
  recorder.start();
  refuse("");
  draw();
  part("pause").focus();
  announce(word("recording"));
}

function pause(take) {
  if (take.recorder.state !== "recording") return;
  take.length = lengthOf(take);
  take.since = 0;
  take.recorder.pause();
  take.recorder.requestData(); // what there is so far can be listened to
}

function toggle() {
  const take = current();
  if (take.recorder.state === "recording") pause(take);
  else if (take.recorder.state === "paused" && take.length < LONGEST) {
    stopPlaying(take);
    take.recorder.resume();
    take.since = performance.now();
  }
  draw();
}

const soundOf = (take) => new Blob(take.chunks, { type: take.format });

function stopPlaying(take) {
  take.sound?.pause();
  if (take.sound) URL.revokeObjectURL(take.sound.src);
  take.sound = null;
}

function play() {
  const take = current();
  if (take.sound) return (stopPlaying(take), draw());
  pause(take);
  // The last piece comes a moment after the pause.
  setTimeout(() => {
    take.sound = new Audio(URL.createObjectURL(soundOf(take)));
    take.sound.addEventListener("ended", () => (stopPlaying(take), draw()));
    take.sound.play().catch(() => (stopPlaying(take), draw()));
    draw();
  }, TICK);
}

// The whole of it, once the recorder has handed over its last piece.
function finish(take) {
  stopPlaying(take);
  take.length = lengthOf(take);
  take.since = 0;
  take.meter?.close();
  take.meter = null;
  take.stream.getTracks().forEach((track) => track.stop());
  if (take.recorder.state === "inactive") return soundOf(take);
  return new Promise((resolve) => {
    take.recorder.addEventListener("stop", () => resolve(soundOf(take)), { once: true });
    take.recorder.stop();
  });
}

function cancel() {
  const take = current();
  kept.delete(openConversation());
  finish(take);
  draw();
  document.querySelector("[data-record]")?.focus();
}

// Kept until the server has it: a failed upload is tried again with the same button.
async function deliver() {
  const take = current();
  const conversation = openConversation();
  const url = document.querySelector("[data-composer]").dataset.sendUrl;
  const fields = { seen: seen(), ...planned(), ...(replyTarget() && { reply_to: replyTarget() }) };
  take.isGoing = true;
  const sound = await finish(take);
  draw();
  try {
    const name = `${word("voiceName")}.${take.format.includes("mp4") ? "m4a" : take.format.slice(6, 10).replace(";", "")}`;
    const file = await push(new File([sound], name, { type: take.format }), showProgress, "voice").done;
    kept.delete(conversation);
    const client = crypto.randomUUID();
    together.set(client, [client]);
    if (openConversation() === conversation) (setPlan(null), clearReply());
    send(conversation, url, { mode: "reply", text: "", attachment: file.id, file: { ...file, filename: word("voiceName") }, ...fields, client_id: client });
  } catch (sentence) {
    take.isGoing = false;
    if (openConversation() === conversation) refuse(String(sentence || word("uploadFailed")));
  }
  draw();
  if (openConversation() === conversation) (current() ? part("send") : document.querySelector("[data-record]"))?.focus();
}

const showProgress = (percent) => (part("time").textContent = `${Math.round(percent)} %`);

function draw() {
  clearInterval(ticking);
  if (!bar()) return;
  const take = current();
  document.querySelector("[data-composer]").classList.toggle("is-recording", Boolean(take));
  bar().hidden = !take;
  if (!take) return;
  const state = take.isGoing ? "going" : take.recorder.state === "recording" ? "recording" : "paused";
  bar().dataset.state = take.sound ? "playing" : state;
  part("pause").disabled = take.isGoing || take.recorder.state === "inactive" || take.length >= LONGEST;
  for (const name of ["play", "send", "cancel"]) part(name).disabled = Boolean(take.isGoing);
  part("pause").setAttribute("aria-label", word(state === "recording" ? "pause" : "resume"));
  part("play").setAttribute("aria-label", word(take.sound ? "stop" : "listen"));
  tick();
  ticking = setInterval(tick, TICK);
}

function tick() {
  const take = current();
  if (!take || take.isGoing || !bar()) return;
  const at = take.sound ? take.sound.currentTime * 1000 : lengthOf(take);
  part("time").textContent = take.sound ? `${clock(at)} / ${clock(take.length)}` : clock(at);
  bar().style.setProperty("--level", take.since ? take.meter.level().toFixed(2) : 0);
  if (take.since && lengthOf(take) >= LONGEST) {
    pause(take);
    draw();
    refuse(word("longest"));
  }
}

document.addEventListener("click", (event) => {
  const find = (name) => event.target.closest(`[data-record${name}]`);
  if (find("")) start();
  else if (find("-pause")) toggle();
  else if (find("-play")) play();
  else if (find("-cancel")) cancel();
  else if (find("-send")) deliver();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.closest?.("[data-recorder]")) return;
  event.preventDefault();
  const take = current();
  if (take && !take.isGoing) (pause(take), draw());
});
document.addEventListener("leaving", () => {
  const take = current();
  if (take && !take.isGoing) (pause(take), stopPlaying(take));
  clearInterval(ticking);
});
document.addEventListener("opened", draw);
addEventListener("beforeunload", (event) => kept.size && event.preventDefault());
