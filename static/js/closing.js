// Send and close: closed once the server has the messages, and not when one came back or the patient wrote meanwhile.
import { holdsMod } from "./key_names.js";
import { openConversation, post, tellChanged, word } from "./page.js";
import { tell } from "./toasts.js";

const ASKS_WHY = "menu"; // this clinic wants a reason: its menu opens instead
let wanted = null; // where to close what is being sent now
const closing = new Map(); // client id -> the set of those still on their way, with the address that closes

function sendAndClose() {
  const form = document.querySelector("[data-composer-form]");
  const button = document.querySelector("#head [data-does=close]");
  const isClosed = document.getElementById("head")?.dataset.status === "closed";
  wanted = isClosed || !button ? null : (button.getAttribute("hx-post") ?? ASKS_WHY);
  form?.requestSubmit();
  wanted = null;
}

document.addEventListener("sent", ({ detail }) => {
  if (!wanted || !detail.clients?.length) return;
  const all = { url: wanted, conversation: detail.conversation, left: new Set(detail.clients) };
  for (const client of detail.clients) closing.set(client, all);
});

document.addEventListener("settled", ({ detail }) => {
  const client = detail.part.client_id;
  const all = closing.get(client);
  closing.delete(client);
  if (!all?.left.delete(client) || all.left.size || all.isOff) return;
  close(all);
});
document.addEventListener("returned", ({ detail }) => {
  for (const all of closing.values()) if (all.conversation === detail.conversation) all.isOff = true;
});

async function close({ url, conversation }) {
  if (url === ASKS_WHY) return openConversation() === conversation && document.querySelector("#head [data-does=close]")?.click();
  try {
    const response = await post(url);
    const told = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
    if (told.toast) tell(told.toast.sentence);
    if (!response.ok) tell(word("failed"));
  } catch {
    tell(word("failed"));
  }
  tellChanged(conversation);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.shiftKey || !holdsMod(event) || event.isComposing) return;
  if (!event.target.matches?.("[data-composer-text]") || !openConversation()) return;
  event.preventDefault();
  sendAndClose();
});
document.addEventListener("click", (event) => event.target.closest("[data-send-close]") && sendAndClose());
