// Bubbles of what is on its way: drawn at once, replaced by the server's own, told what they wait for.
import { copyOf, messages, parse, tellChanged, word } from "./page.js";
import { patch } from "./reconcile.js";

const GROUPED_WITHIN = 120; // seconds, as the server draws it

// Where the name of who said this message stands: above the first of those said within moments.
function firstOf(message) {
  let first = message;
  while (first?.matches(".is-continued")) first = first.previousElementSibling;
  return first;
}

// One's own name is not said again right below what one said a moment ago; so the server's own bubble has the same size.
function group(element) {
  const before = messages()?.lastElementChild;
  const [own, said] = [element, firstOf(before)].map((each) => each?.querySelector(".bubble-author"));
  const isFresh = before?.matches(".is-pending") || Date.now() / 1000 - parseFloat(before?.dataset.at) < GROUPED_WITHIN;
  if (!own || !before?.matches(".message.is-out") || said?.textContent !== own.textContent || !isFresh) return;
  own.remove();
  element.classList.add("is-continued");
}

// In the clinic's time, as all others in the thread.
const hourNow = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: document.body.dataset.timezone });

function quote(element, id) {
  const asked = document.getElementById(`message-${id}`);
  if (!asked) return;
  const box = copyOf("#pending-quote");
  const said = asked.querySelector(".words") ?? asked.querySelector(".bubble");
  const author = asked.matches(".is-in") ? word("patient") : firstOf(asked).querySelector(".bubble-author")?.textContent;
  box.querySelector("b").textContent = author ?? word("clinic");
  box.querySelector("span").textContent = said.textContent.trim().slice(0, 140);
  element.querySelector("[data-file]").before(box);
}

export function draw(part) {
  const element = copyOf(part.mode === "note" ? "#pending-note" : "#pending-message");
  element.dataset.client = part.client_id;
  element.querySelector("[data-text]").textContent = part.text;
  element.querySelector("[data-time]").textContent = hourNow();
  if (part.file) showFile(element.querySelector("[data-file]"), part.file);
  if (part.reply_to && part.mode !== "note") quote(element, part.reply_to);
  group(element);
  return element;
}

function showFile(box, file) {
  if (file.preview) {
    const image = new Image();
    image.src = file.preview;
    image.alt = word("photo");
    box.className = "picture";
    box.append(image);
  } else box.textContent = file.filename;
}

// Told which of the page's templates says why it waits; "" when it goes on.
export function mark(bubble, why) {
  bubble.querySelector(".failure:not([data-stale])")?.remove();
  if (why) bubble.append(document.getElementById(why).content.cloneNode(true));
}

export function settle(bubble, html) {
  const fresh = parse(`<ol>${html}</ol>`).querySelector("[data-message]");
  if (!fresh) return (bubble.remove(), tellChanged()); // it waits for its time, or was taken back
  const drawn = document.getElementById(fresh.id);
  if (drawn && drawn !== bubble) return bubble.remove(); // the hint was quicker
  if (bubble.isConnected) patch(bubble, fresh);
  tellChanged();
}
