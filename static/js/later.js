// Sending at another time: the menu of times, the time that was chosen, and what can be done with what waits.
import { field } from "./composer.js";
import { get, openConversation, post, sentenceOf, tellChanged, tellDocument, word } from "./page.js";
import { tell } from "./toasts.js";

const menu = () => document.getElementById("later-menu");
const line = () => document.querySelector("[data-line-later]");
const NOTE_AFTER = 250; // milliseconds after the last change of one's own time
let plan = null; // { send_at, stops, shown }: holds for what is sent next

// What of the plan goes along with a message.
export const planned = () => (plan ? { send_at: plan.send_at, ...(plan.stops && { stops_on_reply: "on" }) } : {});

export function setPlan(next) {
  plan = next;
  if (!line()) return;
  line().hidden = !plan;
  line().querySelector("[data-later-words]").textContent = plan ? word("later", { time: plan.shown }) : "";
}

async function open(button) {
  const html = await get(button.dataset.later).catch(() => null);
  if (html === null) return tell(word("failed"));
  menu().innerHTML = html;
  menu().opener = button;
  menu().showPopover();
}

const hasSomething = () => field().value.trim() || document.querySelector(".upload:not(.is-broken)");

function take(at, shown, isShut) {
  const form = menu().querySelector("[data-later-form]");
  const stops = form.elements.stops_on_reply.checked;
  menu().hidePopover();
  if (form.dataset.schedule) return act(form.dataset.schedule, { send_at: at, ...(stops && { stops_on_reply: "on" }) });
  setPlan({ send_at: at, stops, shown });
  const templates = [...document.querySelectorAll("[data-composer] [data-choose-template]")].find((each) => each.checkVisibility());
  if (isShut) templates?.click();
  else if (hasSomething()) document.querySelector("[data-composer-form]").requestSubmit();
  else field().focus();
}

async function act(url, fields = {}) {
  const response = await post(url, fields).catch(() => null);
  if (!response?.ok) tell(response ? await sentenceOf(response) : word("failed"));
  tellChanged();
  return response?.ok ? response : null;
}

// Not sent: its words are there again, for the composer if they are to be changed. True when they came back.
export async function takeBack(url, { edits }) {
  const conversation = openConversation();
  const response = await act(url);
  if (!response) return false;
  const words = await response.json();
  const back = () => {
    tellDocument("returned", { conversation, mode: "reply", sentence: "", ...words });
    if (words.send_at && openConversation() === conversation) {
      setPlan({ send_at: words.send_at, stops: words.stops_on_reply, shown: words.send_at.replace("T", " ") });
    }
  };
  const isEmpty = words.is_template || !(words.text || words.files.length);
  if (edits && !isEmpty) back();
  else tell(word("takenBack"), isEmpty ? null : { label: word("edit"), run: back });
  return true;
}

let asking = 0;
function note(input) {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const html = await get(`${input.form.dataset.note}?at=${encodeURIComponent(input.value)}`).catch(() => "");
    if (input.isConnected) input.form.querySelector("[data-later-note]").innerHTML = html;
  }, NOTE_AFTER);
}

document.addEventListener("click", (event) => {
  const find = (name) => event.target.closest(`[data-${name}]`);
  const opener = find("later");
  if (opener) open(opener);
  const choice = find("later-at");
  if (choice) take(choice.dataset.laterAt, choice.dataset.shown, "shut" in choice.dataset);
  const now = find("send-now");
  if (now) act(now.dataset.sendNow);
  const back = find("take-back");
  if (back) takeBack(back.dataset.takeBack, { edits: "edits" in back.dataset });
  if (find("later-drop")) setPlan(null);
});
document.addEventListener("input", (event) => event.target.matches("#later-at") && note(event.target));
document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-later-form]")) return;
  event.preventDefault();
  const input = event.target.elements.at;
  const html = await get(`${event.target.dataset.note}?at=${encodeURIComponent(input.value)}`).catch(() => "");
  const box = event.target.querySelector("[data-later-note]");
  box.innerHTML = html;
  const told = box.firstElementChild?.dataset;
  if (told?.shown) take(input.value, told.shown, "shut" in told);
  else input.focus();
});
document.addEventListener("sent", ({ detail }) => detail.mode === "reply" && setPlan(null));
document.addEventListener("leaving", () => setPlan(null));
document.addEventListener("opened", () => setPlan(plan)); // the same thread at another place shows it, too
// Refused: the time comes back with the words.
document.addEventListener("returned", ({ detail }) => {
  if (detail.plan && openConversation() === detail.conversation) setPlan(detail.plan);
});

// The strip above the composer is drawn anew with the thread.
document.addEventListener("news", ({ detail }) => {
  const fresh = detail.page.getElementById("scheduled");
  const shown = document.getElementById("scheduled");
  if (!fresh || !shown || shown.outerHTML === fresh.outerHTML) return;
  const at = [...shown.querySelectorAll("button")].indexOf(document.activeElement);
  shown.replaceWith(fresh);
  if (at < 0) return;
  const buttons = fresh.querySelectorAll("button");
  (buttons[Math.min(at, buttons.length - 1)] ?? field())?.focus();
});
