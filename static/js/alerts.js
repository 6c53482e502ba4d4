// A new message while one looks elsewhere: the tab's title counts, and a quiet sound for what the member chose.
import { announce, word } from "./page.js";

const title = document.title;
let missed = new Set();
let sound = null;

const isAway = () => document.hidden || !document.hasFocus();

export function alertTo(news) {
  if (!news.length) return;
  announce(news.map(({ name }) => word("new", { name })).join(". "));
  if (!isAway()) return;
  for (const { conversation } of news) missed.add(conversation);
  showMissed();
  soundFor(news.map(({ event }) => event));
}

function soundFor(events) {
  const { sounds, quiet } = document.body.dataset;
  if (events.some((event) => sounds.split(" ").includes(event)) && !isQuiet(quiet)) chime();
}

// A colleague's call counts as one more in the title.
export function alertToMention(sentence) {
  announce(sentence);
  if (!isAway()) return;
  missed.add("mention");
  showMissed();
  soundFor(["mentioned"]);
}

function showMissed() {
  document.title = `(${missed.size}) ${title}`;
}

// `22:00-07:00`, in the clinic's time; the span may go over midnight.
function isQuiet(span) {
  if (!span) return false;
  const [begin, end] = span.split("-");
  const { timezone } = document.body.dataset;
  const now = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: timezone });
  return begin < end ? begin <= now && now < end : begin !== end && (now >= begin || now < end);
}

// Two soft notes; browsers allow sound only after the first click or key.
function chime() {
  document.dispatchEvent(new Event("chime"));
  sound ??= new AudioContext();
  if (sound.state !== "running") return;
  [[660, 0], [880, 0.11]].forEach(([pitch, after]) => {
    const at = sound.currentTime + after;
    const note = new OscillatorNode(sound, { type: "sine", frequency: pitch });
    const loudness = new GainNode(sound, { gain: 0 });
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.07, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
    note.connect(loudness).connect(sound.destination);
    note.start(at);
    note.stop(at + 0.45);
  });
}

function back() {
  if (isAway()) return;
  missed = new Set();
  document.title = title;
}

addEventListener("pointerdown", () => (sound ??= new AudioContext()).resume(), { once: true });
addEventListener("keydown", () => (sound ??= new AudioContext()).resume(), { once: true });
addEventListener("focus", back);
document.addEventListener("visibilitychange", back);
