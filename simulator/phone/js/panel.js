// Behind the scenes: the log, and the tabs around it.

import { byId, h, icon } from "./dom.js";
import { drawChaos } from "./chaos.js";
import { drawTemplates } from "./templates.js";

const DRAW = { chaos: drawChaos, templates: drawTemplates };
const KEPT = 200;
let list;

export function bindPanel() {
  list = h("ol.log", { "data-testid": "event-log", "aria-label": "Events" });
  byId("panel-log").append(list);
  byId("toggle-panel").append(icon("dials"));
  byId("close-panel").append(icon("close"));
  byId("toggle-panel").addEventListener("click", () => { document.body.dataset.panel = "open"; });
  byId("close-panel").addEventListener("click", () => { document.body.dataset.panel = ""; });
  document.querySelectorAll("[data-tab]").forEach((tab) => tab.addEventListener("click", () => choose(tab.dataset.tab)));
}

function choose(name) {
  document.querySelectorAll("[data-tab]").forEach((tab) => {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    byId(`panel-${tab.dataset.tab}`).hidden = !chosen;
  });
  DRAW[name]?.();
}

export function redraw(name) {
  const body = byId(`panel-${name}`);
  const busy = body.contains(document.activeElement) && document.activeElement.matches("input, select");
  if (!body.hidden && !busy) DRAW[name](); // a dial being turned must not be taken out of the hand
}

export function note(event) {
  list.prepend(line(event));
  while (list.children.length > KEPT) list.lastChild.remove();
}

function line(event) {
  const time = new Date().toLocaleTimeString([], { hour12: false });
  if (event.log === "accepted") return row(time, "←", `accepted ${event.type}`, "", true, "");
  const status = event.http_status ?? event.error ?? event.fault ?? "closed";
  const good = event.http_status >= 200 && event.http_status < 300;
  if (event.log === "request") {
    return row(time, "←", `${event.method} ${event.path.replace(/^\/v\d+\.\d\//, "").replace(/^\d{8,}\//, "")}`, String(status), good, event.fault ? `chaos: ${event.fault}` : event.code ? `code ${event.code}` : "");
  }
  const again = event.next_retry_in ? `attempt ${event.attempt}, again in ${event.next_retry_in} s` : event.attempt > 1 ? `attempt ${event.attempt}` : "";
  return row(time, "→", event.field, typeof status === "number" ? String(status) : "✕", good, [typeof status === "string" ? status : "", again].filter(Boolean).join(", "));
}

function row(time, arrow, what, status, good, more) {
  return h("li", {}, h("time", {}, time), h("span", { "aria-label": arrow === "→" ? "webhook" : "request" }, arrow), h("code", {}, what),
    h("b", good ? { "data-good": true } : { "data-bad": true }, status), more ? h("small", {}, more) : "");
}
