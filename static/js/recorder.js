// A voice message: recorded, paused, listened to, sent or thrown away. One per conversation is kept while others are open.
import { composer, refuse } from "./composer.js";
import { clock } from "./durations.js";
import { planned, setPlan } from "./later.js";
import { send } from "./outbox.js";
import { announce, openConversation, word } from "./page.js";
import { LONGEST, fileOf, finish, formatOf, isRecording, lengthOf, mayGoOn, microphone, pause, play, record, resume, silence, stopPlaying } from "./recording.js";
import { clearReply, replyTarget } from "./replies.js";
import { seen } from "./seen.js";
import { together } from "./undo.js";
import { push } from "./upload_request.js";

const TICK = 100;
const kept = new Map(); // conversation -> its recording
let ticking = 0;

const bar = () => document.querySelector("[data-recorder]");
const part = (name) => bar().querySelector(`[data-record-${name}]`);
const current = () => kept.get(openConversation());

async function start() {
  if (current()) return part("send").focus();
  const format = formatOf();
  if (!format) return refuse(word("micUnable"));
  const conversation = openConversation();
  let stream;
  try {
    stream = await microphone();
  } catch (error) {
    return refuse(word(error.name === "NotFoundError" ? "micMissing" : "micRefused"));
  }
  if (openConversation() !== conversation) return silence(stream);
  kept.set(conversation, record(stream, format));
  refuse("");
  draw();
  part("pause").focus();
  announce(word("recording"));
}

function toggle() {
  if (isRecording(current())) pause(current());
  else resume(current());
  draw();
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
  if (!take || take.isGoing) return;
  const conversation = openConversation();
  const { sendUrl, uploadUrl } = composer().dataset; // another composer may be open once the recorder is done
  const fields = { seen: seen(), ...planned(), ...(replyTarget("reply") && { reply_to: replyTarget("reply") }) };
  take.isGoing = true;
  const finishing = finish(take);
  draw();
  const sound = await finishing;
  try {
    const file = await push(uploadUrl, fileOf(take, sound, word("voiceName")), (percent) => current() === take && showProgress(percent), "voice").done;
    kept.delete(conversation);
    const client = crypto.randomUUID();
    together.set(client, [client]);
    if (openConversation() === conversation) (setPlan(null), clearReply("reply"));
    send(conversation, sendUrl, { mode: "reply", text: "", attachment: file.id, file: { ...file, filename: word("voiceName") }, ...fields, client_id: client });
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
  composer().classList.toggle("is-recording", Boolean(take));
  bar().hidden = !take;
  if (!take) return;
  const state = take.isGoing ? "going" : isRecording(take) ? "recording" : "paused";
  bar().dataset.state = take.sound ? "playing" : state;
  part("pause").disabled = take.isGoing || !mayGoOn(take);
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
  const shown = clock(at / 1000);
  part("time").textContent = take.sound ? `${shown} / ${clock(take.length / 1000)}` : shown;
  bar().style.setProperty("--level", take.since ? take.meter.level().toFixed(2) : 0);
  if (take.since && lengthOf(take) >= LONGEST) {
    pause(take);
    draw();
    refuse(word("longest"));
  }
}

const mayRest = () => current() && !current().isGoing;

document.addEventListener("click", (event) => {
  const find = (name) => event.target.closest(`[data-record${name}]`);
  if (find("")) start();
  else if (find("-pause")) toggle();
  else if (find("-play")) play(current(), draw);
  else if (find("-cancel")) cancel();
  else if (find("-send")) deliver();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.closest?.("[data-recorder]")) return;
  event.preventDefault();
  if (mayRest()) (pause(current()), draw());
});
document.addEventListener("leaving", () => {
  if (mayRest()) (pause(current()), stopPlaying(current()));
  clearInterval(ticking);
});
document.addEventListener("opened", draw);
addEventListener("beforeunload", (event) => kept.size && event.preventDefault());
