// The moment before a message leaves: it counts down, and can be taken back. The server decides who was quicker.
import { takeBack } from "./later.js";
import { messages, openConversation, post } from "./page.js";

const TICK = 250;
const MARGIN = 300; // milliseconds: what the way to the server takes
export const together = new Map(); // client id -> the ids that one press sent
const ends = new Map(); // message id -> when it leaves, by this page's own clock

const gone = new Set(); // ids of what was taken back: an answer that was on its way may still hold it

const waiting = () => [...(messages()?.querySelectorAll("[data-undo]") ?? [])].filter((each) => each.dataset.author === document.body.dataset.member);
const messageOf = (box) => box.closest("[data-message]");

// By the length of the wait where this page sent it: its clock may go wrong. Else by the clock.
function endOf(box) {
  const { message, client } = messageOf(box).dataset;
  if (!ends.has(message)) {
    const until = Date.parse(box.dataset.until);
    const whole = until - Date.parse(box.dataset.from);
    const left = together.has(client) ? whole - MARGIN : Math.min(until - Date.now(), whole);
    ends.set(message, performance.now() + left);
  }
  return ends.get(message);
}

function tick() {
  for (const box of waiting()) {
    const left = Math.ceil((endOf(box) - performance.now()) / 1000);
    // Sent from another device: whoever waits there says when it is over.
    if (left <= 0 && !box.hidden && together.has(messageOf(box).dataset.client)) leave(box);
    box.hidden = left <= 0;
    box.querySelector("[data-undo-left]").textContent = Math.max(left, 0);
  }
}

// Without this the server's own round finds it seconds later.
function leave(box) {
  ends.set(messageOf(box).dataset.message, 0);
  post(box.dataset.go).catch(() => {});
}

async function undo(box) {
  const { client } = messageOf(box).dataset;
  const clients = together.get(client) ?? [client];
  const boxes = waiting().filter((each) => clients.includes(messageOf(each).dataset.client));
  const conversation = openConversation();
  for (const each of boxes.reverse()) {
    each.hidden = true;
    const { message } = messageOf(each).dataset;
    if ((await takeBack(each.dataset.undo, { edits: true })) && openConversation() === conversation) remove(message);
  }
}

function remove(message) {
  gone.add(message);
  document.getElementById(`message-${message}`)?.remove();
}

// What somebody took back, here or elsewhere, is not among the newest messages any more.
document.addEventListener("news", ({ detail }) => {
  const fresh = detail.page.getElementById("news");
  for (const id of gone) fresh.querySelector(`#message-${id}`)?.remove();
  const first = [...fresh.children].map((each) => each.id && document.getElementById(each.id)).find((each) => each?.parentElement === messages());
  for (let each = first?.nextElementSibling; each; ) {
    const next = each.nextElementSibling;
    const mayGo = each.matches("[data-message]") && each.querySelector("[data-undo], [data-take-back]");
    if (mayGo && !fresh.querySelector(`#${CSS.escape(each.id)}`)) each.remove();
    each = next;
  }
});

// The newest that can still be taken back. False when there is none.
export function undoLast() {
  const box = waiting().filter((each) => !each.hidden).at(-1);
  if (box) undo(box);
  return Boolean(box);
}

document.addEventListener("sent", ({ detail }) => {
  for (const client of detail.clients ?? []) together.set(client, detail.clients);
});
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-undo]");
  if (event.target.closest("[data-undo-press]")) undo(box);
  if (event.target.closest("[data-undo-go]")) (leave(box), (box.hidden = true));
});
document.addEventListener("keydown", (event) => {
  const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
  if (isUndo && event.target.matches?.("[data-composer-text]") && !event.target.value && undoLast()) event.preventDefault();
});
setInterval(tick, TICK);
// Drawn anew, it would be hidden until the next tick.
for (const name of ["news", "changed", "opened"]) document.addEventListener(name, () => queueMicrotask(tick));
