// Who else has this conversation open, and what they do: told to them, and shown from them. Never what is written.
import { composer, field } from "./composer.js";
import { say } from "./live.js";
import { openConversation } from "./page.js";

const LOOK_EVERY = 2000;
const BEAT = 10_000; // the server forgets who says nothing for 25 s
const TYPING = 6000; // after the last key
let typedAt = -TYPING;
let told = "";
let toldAt = 0;
let people = [];

function here() {
  const conversation = document.hidden ? null : openConversation();
  if (!conversation) return { here: null };
  const text = field()?.value.trim();
  const isReply = composer()?.dataset.mode !== "note";
  if (text && performance.now() - typedAt < TYPING) return { here: conversation, doing: isReply ? "writing" : "noting" };
  return { here: conversation, doing: text && isReply ? "drafting" : "reading" };
}

function report() {
  const now = here();
  const text = JSON.stringify(now);
  if (text === told && (!now.here || performance.now() - toldAt < BEAT)) return;
  if (!say(now)) return;
  told = text;
  toldAt = performance.now();
}

const line = () => document.querySelector("[data-line-people]");

function sentence({ name, doing }) {
  const words = line().dataset[doing] ?? line().dataset.reading;
  return words.replace("{name}", name);
}

function show() {
  if (!line()) return;
  const text = people.map(sentence).join(" · ");
  line().hidden = !text;
  line().classList.toggle("is-writing", people.some(({ doing }) => doing === "writing"));
  const words = line().querySelector("[data-people]");
  if (words.textContent !== text) words.textContent = text;
  showFaces();
}

function showFaces() {
  const box = document.querySelector("[data-faces]");
  if (!box) return;
  box.replaceChildren(...people.slice(0, 4).map(face));
  box.hidden = !people.length;
}

function face(person) {
  const element = document.createElement("span");
  element.className = `avatar avatar-small tint-5 face is-${person.doing}`;
  element.textContent = person.initials;
  element.title = sentence(person);
  return element;
}

function forget() {
  people = [];
  show();
}

document.addEventListener("whisper", ({ detail }) => {
  if (!detail.people || detail.presence !== openConversation()) return;
  people = detail.people;
  show();
});
document.addEventListener("typed", () => ((typedAt = performance.now()), report()));
for (const name of ["mode", "sent", "filled", "visibilitychange"]) document.addEventListener(name, () => setTimeout(report));
document.addEventListener("leaving", () => ((typedAt = -TYPING), forget()));
document.addEventListener("opened", () => ((told = ""), forget(), report()));
document.addEventListener("head", show);
document.addEventListener("htmx:after:swap", () => (showFaces(), report()));
document.addEventListener("linked", () => ((told = ""), report()));
document.addEventListener("unlinked", forget); // without a line nobody can be seen
setInterval(report, LOOK_EVERY);
