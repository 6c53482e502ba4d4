// The simulated phone: who writes, to whom, and what comes back.

import { follow } from "./api.js";
import { bindComposer, quoteMessage } from "./composer.js";
import { byId, icon, initials, tint } from "./dom.js";
import { read } from "./outgoing.js";
import { bindPanel, note, redraw } from "./panel.js";
import { drawNumbers, drawPeople } from "./people.js";
import { currentNumber, key, keep, loadChats, loadPeople, state } from "./state.js";
import { bindThread, drawMessage, drawThread, hideTyping, showTyping } from "./thread.js";

async function start() {
  const wanted = new URLSearchParams(location.search);
  state.number = wanted.get("number");
  bindComposer();
  bindPanel();
  bindThread();
  byId("back").append(icon("back"));
  byId("back").addEventListener("click", close);
  byId("number").addEventListener("change", (event) => chooseNumber(event.target.value));
  document.addEventListener("visibilitychange", readIfSeen);
  await reload();
  if (state.personas.some((p) => p.id === wanted.get("persona"))) open(wanted.get("persona"));
  follow(listen, reload);
}

async function reload() {
  await loadPeople();
  await loadChats();
  drawAll();
}

function drawAll() {
  drawNumbers();
  drawPeople(open);
  byId("empty-text").textContent = state.numbers.length ? "Choose a patient to write as." : "No clinic is connected to this simulator yet. Register one with POST api/apps.";
  if (state.persona && state.number) { drawHead(); drawThread(); }
}

function open(persona) {
  if (!state.number) return;
  if (state.persona !== persona) { quoteMessage(null); hideTyping(); }
  state.persona = persona;
  document.body.dataset.screen = "chat";
  byId("chat").hidden = false;
  byId("empty").hidden = true;
  remember();
  drawPeople(open);
  drawHead();
  drawThread();
  readIfSeen();
  if (matchMedia("(hover: hover)").matches) byId("text").focus();
}

function close() {
  state.persona = null;
  document.body.dataset.screen = "list";
  byId("chat").hidden = true;
  byId("empty").hidden = false;
  remember();
  drawPeople(open);
}

async function chooseNumber(number) {
  state.number = number;
  await loadChats();
  remember();
  drawAll();
  readIfSeen();
}

function remember() {
  const query = new URLSearchParams();
  if (state.persona) query.set("persona", state.persona);
  if (state.numbers.length > 1 && state.number) query.set("number", state.number);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}

function drawHead() {
  const number = currentNumber();
  const line = byId("clinic-line");
  byId("clinic-name").textContent = number.verified_name;
  byId("clinic-avatar").textContent = initials(number.verified_name);
  byId("clinic-avatar").dataset.tint = tint(number.phone_number_id);
  const open = state.windows.get(key(state.number, state.persona));
  line.dataset.rest = `${number.display_phone_number} · ${open ? "24-hour window open" : "window closed, templates only"}`;
  if (!("typing" in line.dataset)) line.textContent = line.dataset.rest;
}

/** Opening a chat reads it; so does a message that comes while it is open and the page can be seen. */
function readIfSeen() {
  if (state.persona && !document.hidden) read(state.persona);
}

const ON = {
  message: onMessage,
  typing: (event) => { if (isOpen(event)) showTyping(event.seconds); },
  window: (event) => { state.windows.set(key(event.phone_number_id, event.persona), event.open); if (isOpen(event)) drawHead(); },
  log: note,
  templates: () => redraw("templates"),
  chaos: () => redraw("chaos"),
  apps: reload,
  personas: reload,
  reset: reload,
};

function listen(event) {
  ON[event.kind]?.(event);
}

const isOpen = (event) => event.persona === state.persona && event.phone_number_id === state.number;

function onMessage(event) {
  const isNew = keep(event.phone_number_id, event.persona, event.message);
  if (event.message.inbound && isNew) state.windows.set(key(event.phone_number_id, event.persona), true);
  if (isOpen(event)) {
    drawMessage(event.message, isNew);
    drawHead();
    if (!event.message.inbound && event.message.status === "delivered") readIfSeen();
  }
  drawPeople(open);
}

start();
