// The page of notifications: this browser's own wish to be told, asked of the browser and kept by the server.
import { post, sentenceOf } from "./page.js";

const box = () => document.querySelector("[data-notifications]");

async function show() {
  if (!box()) return;
  const state = await stateOf();
  for (const each of box().querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== state;
}

async function stateOf() {
  if (!("PushManager" in window) || !("serviceWorker" in navigator)) return "impossible";
  if (Notification.permission === "denied") return "refused";
  const registration = await navigator.serviceWorker.getRegistration();
  const known = await registration?.pushManager.getSubscription();
  return known && box().dataset.here ? "on" : "off";
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return show();
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: box().dataset.key };
  const subscription = await subscribe(registration.pushManager, options);
  const response = await post(box().dataset.add, { address: JSON.stringify(subscription) });
  if (!response.ok) return fail(await sentenceOf(response));
  put(await response.text());
}

// Made with an older key of the server: only one made anew can be told.
async function subscribe(manager, options) {
  try {
    return await manager.subscribe(options);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    await (await manager.getSubscription())?.unsubscribe();
    return manager.subscribe(options);
  }
}

async function turnOff() {
  const registration = await navigator.serviceWorker.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  put(await (await post(box().dataset.forget)).text());
}

function put(html) {
  document.getElementById("pane").outerHTML = html;
  htmx.process(document.getElementById("pane"));
  show();
}

function fail(sentence) {
  const line = box().querySelector("[data-problem]");
  line.hidden = false;
  line.querySelector("span").textContent = sentence;
}

document.addEventListener("click", async (event) => {
  const act = event.target.closest("[data-push-on]") ? turnOn : event.target.closest("[data-push-off]") ? turnOff : null;
  if (!act) return;
  event.target.disabled = true;
  try {
    await act();
  } catch {
    fail(box().dataset.failed);
  } finally {
    event.target.disabled = false;
  }
});
document.addEventListener("htmx:after:swap", show);
show();
