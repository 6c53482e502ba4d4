// What every module asks of the page: the open conversation, translated words, requests to our own server.
export const workspace = () => document.getElementById("workspace");
export const openConversation = () => workspace()?.dataset.conversation ?? null;
export const list = () => document.getElementById("list");
export const listBody = () => document.querySelector("[data-list-body]");
export const rows = () => document.getElementById("rows");
export const shownRows = () => [...rows().querySelectorAll(":scope > .row")];
export const messages = () => document.getElementById("messages");
export const scroller = () => document.querySelector("[data-scroller]"); // of the thread

export function word(name, values = {}) {
  const held = [...document.querySelectorAll("#words, [data-words]")].find((each) => name in each.dataset);
  const text = held?.dataset[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export const parse = (html) => new DOMParser().parseFromString(html, "text/html");
export const copyOf = (template) => document.querySelector(template).content.firstElementChild.cloneNode(true);

// A signed-out session answers with the sign-in page's address.
function watchSession(response) {
  const elsewhere = response.headers.get("HX-Redirect");
  if (elsewhere || response.redirected) location.assign(elsewhere ?? document.body.dataset.login);
  return response;
}

// Fetching what changed must not keep a screen signed in that nobody looks at: say when nobody was there lately.
const LATELY = 60_000;
let touched = Date.now();
for (const kind of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => (touched = Date.now()), { capture: true, passive: true });
}
const headersOf = (more = {}) => ({ "X-Fragment": "1", ...(Date.now() - touched > LATELY && { "X-By-Itself": "1" }), ...more });

export async function get(url, { signal, headers } = {}) {
  const response = watchSession(await fetch(url, { headers: headersOf(headers), signal }));
  if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}`), { status: response.status });
  return response.text();
}

export async function post(url, fields = {}, { signal, keepalive } = {}) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  const headers = headersOf({ "X-CSRFToken": document.body.dataset.csrf });
  return watchSession(await fetch(url, { method: "POST", body, headers, signal, keepalive }));
}

export const sentenceOf = async (response) => {
  try {
    return (await response.json()).sentence;
  } catch {
    return word("failed");
  }
};

// A request of htmx' that failed, with its status if it was answered; not one that was given up.
export function onFailed(act) {
  for (const name of ["htmx:response:error", "htmx:error"]) {
    document.addEventListener(name, ({ detail }) => detail?.ctx?.status?.includes?.("Abort") || act(detail?.ctx?.response?.status));
  }
}

export const announce = (text) => {
  const box = document.querySelector("[data-announcer]");
  if (box) box.textContent = text;
};

export const tellDocument = (name, detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail }));
export const tellChanged = (conversation = openConversation()) => tellDocument("changed", { topics: [`conversation-${conversation}`] });
