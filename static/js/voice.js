// The player of voice messages: one sound at a time, loaded when it is asked for, at three speeds.
const SPEEDS = [1, 1.5, 2];
const players = new WeakMap();
let playing = null;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function playerOf(box) {
  if (!players.has(box)) players.set(box, make(box));
  return players.get(box);
}

function make(box) {
  const sound = new Audio(box.dataset.voice);
  const seek = box.querySelector("[data-voice-seek]");
  const time = box.querySelector("[data-voice-time]");
  const show = () => {
    const length = Number.isFinite(sound.duration) ? sound.duration : 0;
    if (length) seek.value = (sound.currentTime / length) * 1000;
    time.textContent = clock(sound.paused && !sound.currentTime ? length : sound.currentTime);
  };
  sound.addEventListener("timeupdate", show);
  sound.addEventListener("loadedmetadata", show);
  sound.addEventListener("play", () => box.classList.add("is-playing"));
  sound.addEventListener("pause", () => box.classList.remove("is-playing"));
  sound.addEventListener("ended", () => ((sound.currentTime = 0), show()));
  sound.addEventListener("error", () => (time.textContent = "—"));
  return sound;
}

function toggle(box) {
  const sound = playerOf(box);
  if (!sound.paused) return sound.pause();
  if (playing !== sound) playing?.pause();
  playing = sound;
  sound.play().catch(() => {});
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-voice]");
  if (!box) return;
  if (event.target.closest("[data-voice-play]")) toggle(box);
  const speed = event.target.closest("[data-voice-speed]");
  if (!speed) return;
  const sound = playerOf(box);
  sound.playbackRate = SPEEDS[(SPEEDS.indexOf(sound.playbackRate) + 1) % SPEEDS.length];
  speed.textContent = `${sound.playbackRate}×`;
});
document.addEventListener("input", (event) => {
  const box = event.target.matches("[data-voice-seek]") && event.target.closest("[data-voice]");
  if (!box) return;
  const sound = playerOf(box);
  if (Number.isFinite(sound.duration)) sound.currentTime = (event.target.value / 1000) * sound.duration;
});
document.addEventListener("leaving", () => playing?.pause());
