// A draft of a template is kept on the server while it is written. What another page wrote there since is shown and
// never written over unasked; what the server has not taken yet stays on this device until it has.
import { parse, post, tellDocument } from "./page.js";
import { show } from "./template_problems.js";

const QUIET = 700; // after the last key
const AGAIN = 5000;
const MOST_BASES = 20;
const LONGEST = 14 * 86_400_000;
export const form = () => document.querySelector("[data-template-form]");
const others = () => document.querySelector("[data-template-others]");
const other = () => others()?.querySelector("[data-template-other]");
let timer = 0;
let change = 0; // counts what was typed, so that an answer knows whether it is about the newest
let saved = 0;
let going = Promise.resolve(); // one after the other: an older save may not overtake a newer one
let asking = null;
let handed = ""; // the template whose form is on its way with something else
const brought = new Set(); // templates whose words were brought back to this page: once is enough

const say = (text) => {
  const box = document.querySelector("[data-template-saved]");
  if (box && box.textContent !== text) box.textContent = text;
};

// The marks the draft may have: the one this page was shown, and those of saves whose answer it has not had.
const bases = (written) => written.querySelector("[data-bases]");
const marks = (written) => [...bases(written).children].map((each) => each.value);

function know(written, mark, isAnswered = false) {
  const input = Object.assign(document.createElement("input"), { type: "hidden", name: "base", value: mark });
  if (isAnswered) return bases(written).replaceChildren(input);
  bases(written).append(input);
  if (bases(written).children.length > MOST_BASES) bases(written).children[1].remove();
}

// leaving.js forgets what begins with "draft:" when somebody signs out.
const key = (written) => `draft:${written.dataset.member}:template:${written.dataset.template}`;
function rescue(written, entry) {
  try {
    if (entry) localStorage.setItem(key(written), JSON.stringify({ ...entry, at: Date.now() }));
    else localStorage.removeItem(key(written));
  } catch {
    // full, or forbidden: the page still has it
  }
}

function rescued(written) {
  try {
    const entry = JSON.parse(localStorage.getItem(key(written)));
    return entry?.at > Date.now() - LONGEST ? entry : null;
  } catch {
    return null;
  }
}

function save({ keepalive = false } = {}) {
  clearTimeout(timer);
  if (!keepalive) return (going = going.then(() => saveNow()));
  asking?.abort(); // the page goes: what is newest leaves at once
  return saveNow({ keepalive });
}

async function saveNow(options) {
  const [asked, about, mark] = [form(), change, crypto.randomUUID()];
  if (!asked || about === saved) return;
  const fields = new FormData(asked);
  fields.delete("csrfmiddlewaretoken"); // is said in the head
  fields.append("mark", mark);
  rescue(asked, { mark, body: new URLSearchParams(fields).toString() });
  if (other()) return say(asked.dataset.overtaken);
  say(asked.dataset.saving);
  know(asked, mark);
  asking = new AbortController();
  const response = await post(asked.dataset.save, fields, { ...options, signal: asking.signal }).catch(() => null);
  if (response?.ok && rescued(asked)?.mark === mark) rescue(asked, null);
  if (form() !== asked) return;
  if (response?.status === 409) return meet(asked, await response.text());
  const told = await response?.json().catch(() => null);
  if (!response?.ok) return fail(asked, response, told);
  saved = Math.max(saved, about);
  know(asked, told.mark, true);
  if (!told.has_sample) tellDocument("unsampled"); // it was not of the heading's kind
  if (about !== change) return;
  say(told.saved);
  show(asked, told.problems);
}

function fail(asked, response, told) {
  if (response?.status === 404) rescue(asked, null);
  say(response?.status === 404 ? asked.dataset.gone : (told?.sentence ?? asked.dataset.unsaved));
  if (!response || response.status >= 500) timer = setTimeout(save, AGAIN);
}

function meet(asked, html) {
  others().replaceChildren(parse(html).querySelector("[data-template-other]"));
  htmx.process(others());
  say(asked.dataset.overtaken);
}

function keepMine(written) {
  know(written, other().dataset.templateOther);
  others().replaceChildren();
  changed();
  save();
  written.elements.body.focus();
}

// Words that an earlier page could not have kept are handed in again; the server says whether others are there by now.
async function bring(written) {
  const left = rescued(written);
  if (!left || other() || brought.has(written.dataset.template) || written.elements.body.matches(":disabled")) return;
  if (marks(written).includes(left.mark)) return rescue(written, null); // they had arrived
  brought.add(written.dataset.template);
  const response = await post(written.action, new URLSearchParams(left.body)).catch(() => null);
  if (!response?.ok || form() !== written || change) return;
  const pane = parse(await response.text()).getElementById("pane");
  if (!pane.querySelector("[data-template-other]")) rescue(written, null);
  await htmx.swap({ text: pane.outerHTML, target: "#pane", swap: "outerHTML", sourceElement: document.getElementById("pane") });
}

export function changed() {
  change += 1;
  clearTimeout(timer);
  timer = setTimeout(save, QUIET);
}

export function begun(written) {
  [change, saved] = [0, 0];
  if (other()) say(written.dataset.overtaken);
  else if (handed === written.dataset.template) rescue(written, null);
  handed = "";
  bring(written);
}

// The whole form goes along with what was pressed: nothing is saved behind it.
export function handIn() {
  clearTimeout(timer);
  handed = form()?.dataset.template;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-other-keep]")) (event.preventDefault(), keepMine(form()));
  else if (event.target.closest("[data-other-take]")) (handIn(), (saved = change), rescue(form(), null));
  else if (event.target.closest("[data-template-submit], button[form=sample-form], [id^=discard-] .button-danger")) (handIn(), asking?.abort());
  // What leaves the page takes what was typed along.
  else if (form() && event.target.closest("[data-opens], a[href]")) save({ keepalive: true });
});
addEventListener("pagehide", () => save({ keepalive: true }));
addEventListener("online", () => save());
