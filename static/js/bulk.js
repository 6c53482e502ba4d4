// One act on all selected conversations, some at a time; what was done, what was not and why, and the way back.
import { list, post, sentenceOf, word } from "./page.js";
import { clear, fetchMenus, selection } from "./selecting.js";
import { tell } from "./toasts.js";

const AT_ONCE = 50;
const AGAIN = 700;
const bar = () => document.querySelector("[data-bulk]");
const progress = () => document.querySelector("[data-bulk-progress]");
let isRunning = false;

async function ask(act, fields, some) {
  const [ids, seen] = [some.map(([pk]) => pk).join(","), some.map(([, heard]) => heard).join(",")];
  const response = await post(bar().dataset.url, { ...fields, act, ids, seen });
  if (!response.ok) throw new Error(await sentenceOf(response));
  return response.json();
}

// A part that did not get through, said like one that was refused: what was done before keeps its way back.
function notDone(part, problem) {
  const isOffline = !navigator.onLine || problem instanceof TypeError;
  const sentence = isOffline ? word("offline") : problem.message || word("failed");
  return { done: [], refused: part.map(([pk]) => [pk, sentence]), busy: [], undo: "" };
}

// `some` are pairs of conversation and what was heard of the patient.
async function actOn(act, fields, some) {
  const told = { done: 0, why: new Map(), undo: [] };
  const heard = new Map(some);
  for (const round of [1, 2]) {
    const busy = [];
    for (let at = 0; at < some.length; at += AT_ONCE) {
      show(at, some.length);
      const part = some.slice(at, at + AT_ONCE);
      const answer = await ask(act, fields, part).catch((problem) => notDone(part, problem));
      told.done += answer.done.length;
      for (const [, sentence] of answer.refused) told.why.set(sentence, (told.why.get(sentence) ?? 0) + 1);
      if (answer.undo) told.undo.push(answer.undo);
      busy.push(...answer.busy);
    }
    some = busy.map((pk) => [pk, heard.get(pk)]);
    if (!some.length) break;
    if (round === 1) await new Promise((go) => setTimeout(go, AGAIN));
    else told.why.set(bar().dataset.busy, some.length);
  }
  return told;
}

function show(done, all) {
  if (!progress()) return;
  progress().hidden = all <= AT_ONCE;
  progress().max = all;
  progress().value = done;
}

export async function run(act, fields, some) {
  if (isRunning || !some.length) return;
  isRunning = true;
  try {
    report(act, await actOn(act, fields, some));
  } catch (problem) {
    tell(navigator.onLine && problem.message ? problem.message : word(navigator.onLine ? "failed" : "offline"));
  } finally {
    isRunning = false;
    if (progress()) progress().hidden = true;
  }
}

function report(act, { done, why, undo }) {
  const { dataset } = bar();
  const said = done ? [dataset[`did${act[0].toUpperCase()}${act.slice(1)}`].replace("{n}", done)] : [];
  for (const [sentence, n] of why) said.push(dataset.not.replace("{n}", n).replace("{why}", sentence));
  tell(said.join(" "), undo.length ? { label: word("undo"), run: () => putBack(undo) } : null);
}

async function putBack(tokens) {
  let [restored, kept] = [0, 0];
  try {
    for (const token of tokens) {
      const response = await post(bar().dataset.undoUrl, { token });
      if (!response.ok) return tell(await sentenceOf(response));
      const answer = await response.json();
      restored += answer.restored;
      kept += answer.kept;
    }
    const { dataset } = bar();
    tell([dataset.restored.replace("{n}", restored), kept && dataset.kept.replace("{n}", kept)].filter(Boolean).join(" "));
  } catch {
    tell(word(navigator.onLine ? "failed" : "offline"));
  }
}

let asked = null; // what is closed with the reason that is chosen next

// Where the clinic wants a reason, its reasons are offered first, beside what was pressed or swiped.
export async function close(some, opener) {
  await fetchMenus().catch(() => {});
  const why = document.getElementById("bulk-why");
  if (!why) return run("close", {}, some);
  asked = some;
  why.opener = opener;
  why.showPopover();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || !list() || isRunning) return;
  const isReason = button.closest("#bulk-why");
  const some = isReason ? asked : [...selection()];
  if (button.dataset.act === "close" && !button.dataset.with && document.getElementById("bulk-why")) return close(some, button);
  clear();
  run(button.dataset.act, Object.fromEntries(new URLSearchParams(button.dataset.with ?? "")), some);
});
// A time of one's own: what the form holds goes along.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-act-form]");
  if (!form) return;
  event.preventDefault();
  if (isRunning) return;
  const some = [...selection()];
  form.closest("[popover]").hidePopover();
  clear();
  run(form.dataset.actForm, Object.fromEntries(new FormData(form)), some);
});
