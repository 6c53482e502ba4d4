// Forwarding a message: a patient is looked for, named once more, and only then written to.
import { open } from "./list.js";
import { post, sentenceOf, word } from "./page.js";
import { findPatients } from "./patients.js";
import { tell } from "./toasts.js";

const PAUSE = 150; // milliseconds without typing
const dialog = () => document.getElementById("forward");
const part = (name) => dialog().querySelector(`[data-forward-${name}]`);
const field = () => document.getElementById("forward-search");
let pause = 0;
let asking = null;
let chosen = null; // { url, to }
const ids = new Map(); // of what is forwarded to whom, until it is: so that it is sent once

function begin(button) {
  const message = button.closest("[data-message]");
  const said = message.querySelector(".words")?.textContent.trim();
  part("what").textContent = (said || message.querySelector(".bubble")?.textContent || "").trim().slice(0, 200);
  chosen = { url: button.dataset.forward };
  field().value = "";
  ask(false);
  dialog().showModal();
  field().focus();
  find();
}

function ask(isAsking) {
  part("choosing").hidden = isAsking;
  part("asking").hidden = !isAsking;
  part("problem").hidden = true;
}

async function find() {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const links = await findPatients(dialog().dataset.peopleUrl, field().value.trim(), mine);
    const here = document.getElementById("workspace")?.dataset.conversation;
    const others = links.map(choice).filter(({ dataset }) => dataset.forwardChoice !== here);
    part("found").replaceChildren(...others);
    part("nobody").textContent = others.length || !field().value.trim() ? "" : dialog().dataset.nobody;
  } catch {
    if (!mine.signal.aborted) part("nobody").textContent = word("offline");
  }
}

function choice(link) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "menu-item" });
  const name = Object.assign(document.createElement("bdi"), { textContent: link.textContent });
  const more = Object.assign(document.createElement("small"), { textContent: link.dataset.more.trim() });
  button.dataset.forwardChoice = link.getAttribute("href").split("/")[2];
  button.dataset.stays = "";
  button.append(name, " ", more);
  return button;
}

function choose(button) {
  chosen = { ...chosen, to: button.dataset.forwardChoice };
  part("to").textContent = dialog().dataset.to.replace("{name}", button.textContent.trim());
  ask(true);
  part("go").focus();
}

async function go() {
  const { url, to } = chosen;
  const key = `${url} ${to}`;
  if (!ids.has(key)) ids.set(key, crypto.randomUUID());
  part("go").disabled = true;
  const response = await post(url, { conversation: to, client_id: ids.get(key) }).catch(() => null);
  part("go").disabled = false;
  if (!response?.ok) {
    part("problem").textContent = response ? await sentenceOf(response) : word("offline");
    part("problem").hidden = false;
    return;
  }
  ids.delete(key);
  const told = await response.json();
  dialog().close();
  tell(told.sentence, { label: word("look"), run: () => open(told.url) });
}

document.addEventListener("click", (event) => {
  const find = (name) => event.target.closest(`[data-forward${name}]`);
  if (find("")) begin(find(""));
  else if (find("-choice")) choose(find("-choice"));
  else if (find("-back")) (ask(false), field().focus());
  else if (find("-go")) go();
});
// Down from the field to whom was found and back; Enter takes the only one.
document.addEventListener("keydown", (event) => {
  if (event.isComposing || !event.target.matches?.("#forward-search, [data-forward-choice]")) return;
  const all = [field(), ...part("found").children];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) all[Math.min(Math.max(all.indexOf(event.target) + step, 0), all.length - 1)].focus();
  else if (event.key === "Enter" && event.target === field() && all.length === 2) choose(all[1]);
  else return;
  event.preventDefault();
});
document.addEventListener("input", (event) => {
  if (event.target.id !== "forward-search") return;
  clearTimeout(pause);
  pause = setTimeout(find, PAUSE);
});
