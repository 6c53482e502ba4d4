// The player of voice messages: one sound at a time, loaded when it is asked for, at a speed that is remembered.
import { clock } from "./durations.js";
import { word } from "./page.js";

const SPEEDS = [1, 1.5, 2];
const SKIP = 5; // seconds an arrow key moves
const KEY = "voice-speed";
const players = new WeakMap();
let playing = null;

const speed = () => SPEEDS.find((each) => each === Number(localStorage.getItem(KEY))) ?? 1;

function playerOf(box) {
  if (!players.has(box)) players.set(box, make(box));
  return players.get(box);
}

// Safari plays no Ogg: the twin that the server made is played there.
function source(box) {
  const { voice, voiceTwin, voiceType } = box.dataset;
  return voiceTwin && !new Audio().canPlayType(voiceType || "audio/ogg; codecs=opus") ? voiceTwin : voice;
}

function make(box) {
  const sound = new Audio();
  sound.preload = "none";
  sound.src = source(box);
  const show = () => draw(box, sound);
  for (const name of ["timeupdate", "loadedmetadata", "durationchange", "seeked"]) sound.addEventListener(name, show);
  sound.addEventListener("play", () => mark(box, true));
  sound.addEventListener("pause", () => mark(box, false));
  sound.addEventListener("ended", () => ((sound.currentTime = 0), show()));
  sound.addEventListener("error", () => fail(box));
  return sound;
}

function length(box, sound) {
  return Number.isFinite(sound.duration) && sound.duration > 0 ? sound.duration : Number(box.dataset.seconds) || 0;
}

function draw(box, sound) {
  const all = length(box, sound);
  const seek = box.querySelector("[data-voice-seek]");
  const now = sound.currentTime;
  seek.value = all ? (now / all) * 1000 : 0;
  seek.setAttribute("aria-valuetext", word("voiceAt", { now: clock(now), all: clock(all) }));
  box.style.setProperty("--played", `${all ? (now / all) * 100 : 0}%`);
  box.querySelector("[data-voice-time]").textContent = clock(sound.paused && !now ? all : now);
}

function mark(box, isPlaying) {
  box.classList.toggle("is-playing", isPlaying);
  box.querySelector("[data-voice-play]").setAttribute("aria-pressed", isPlaying);
}

function fail(box) {
  mark(box, false);
  box.querySelector("[data-voice-time]").textContent = "—";
  box.querySelector("[data-voice-problem]").hidden = false;
}

function toggle(box) {
  const sound = playerOf(box);
  if (!sound.paused) return sound.pause();
  if (playing !== sound) playing?.pause();
  playing = sound;
  sound.playbackRate = speed();
  sound.play().catch(() => {});
}

function seekTo(box, seconds) {
  const sound = playerOf(box);
  const all = length(box, sound);
  if (!sound.readyState && sound.preload === "none") sound.preload = "metadata"; // asked for at last
  if (!all) return sound.addEventListener("loadedmetadata", () => seekTo(box, seconds), { once: true });
  sound.currentTime = Math.min(Math.max(seconds, 0), all - 0.05);
  draw(box, sound);
}

function faster() {
  localStorage.setItem(KEY, SPEEDS[(SPEEDS.indexOf(speed()) + 1) % SPEEDS.length]);
  if (playing) playing.playbackRate = speed();
  showSpeed();
}

function showSpeed() {
  for (const button of document.querySelectorAll("[data-voice-speed]")) button.textContent = `${speed()}×`;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-voice]");
  if (!box) return;
  if (event.target.closest("[data-voice-play]")) toggle(box);
  if (event.target.closest("[data-voice-speed]")) faster();
});
document.addEventListener("input", (event) => {
  const box = event.target.matches("[data-voice-seek]") && event.target.closest("[data-voice]");
  if (box) seekTo(box, (event.target.value / 1000) * length(box, playerOf(box)));
});
document.addEventListener("keydown", (event) => {
  const box = event.target.matches?.("[data-voice-seek]") && event.target.closest("[data-voice]");
  if (!box) return;
  const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (!way && event.key !== " ") return;
  event.preventDefault();
  if (way) seekTo(box, playerOf(box).currentTime + way * SKIP);
  else toggle(box);
});
document.addEventListener("leaving", () => playing?.pause());
for (const name of ["opened", "drawn"]) document.addEventListener(name, showSpeed);
showSpeed();
