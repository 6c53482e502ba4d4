// How fast this is, for whoever has it shown: the newest requests, and how long the last key or click took to be drawn.
import { copyOf } from "./page.js";

const SHOWN = "speed";
const MOST = 5;
const ASKED_BY = ["navigation", "fetch", "xmlhttprequest"]; // not pictures and scripts
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
const SHORTEST = 16; // milliseconds; what is drawn within a frame is not told of
let box = null;
let watchers = [];
let requests = [];

const inServer = (entry) => entry.serverTiming.find((each) => each.name === "app")?.duration;
const pathOf = (entry) => new URL(entry.name).pathname.replace(ID, "…");

function line(entry) {
  const item = document.createElement("li");
  const [all, server] = [entry.duration, inServer(entry)].map(Math.round);
  item.textContent = `${pathOf(entry)} ${box.dataset.request.replace("{all}", all).replace("{server}", server)}`;
  return item;
}

function tellRequests(entries) {
  const asked = entries.filter((each) => ASKED_BY.includes(each.initiatorType) && inServer(each) !== undefined);
  requests = [...requests, ...asked].slice(-MOST);
  box.querySelector("ol").replaceChildren(...requests.map(line));
}

function tellInput(entries) {
  const took = Math.max(...entries.filter((each) => each.interactionId).map((each) => each.duration));
  if (took > 0) box.querySelector("p").textContent = box.dataset.input.replace("{n}", took);
}

function watch(type, tell, more = {}) {
  const watcher = new PerformanceObserver((seen) => tell(seen.getEntries()));
  watcher.observe({ type, buffered: true, ...more });
  watchers.push(watcher);
}

function show() {
  box = copyOf("#speed-box");
  document.body.append(box);
  watch("navigation", tellRequests);
  watch("resource", tellRequests);
  watch("event", tellInput, { durationThreshold: SHORTEST });
}

function hide() {
  for (const watcher of watchers) watcher.disconnect();
  box.remove();
  [box, watchers, requests] = [null, [], []];
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-speed-toggle]")) return;
  if (box) {
    localStorage.removeItem(SHOWN);
    hide();
  } else {
    localStorage.setItem(SHOWN, "1");
    show();
  }
});
if (localStorage.getItem(SHOWN) && document.getElementById("speed-box")) show();
