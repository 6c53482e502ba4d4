// "/" offers saved replies; what they could not fill in is marked, and asked about before it leaves.
import { composer, field, refuse } from "./composer.js";
import { announce, openConversation, post, word } from "./page.js";
import { offer } from "./suggest.js";
import { addStored } from "./uploads.js";

const VARIABLE = /\{\{\s*[\w.]+\s*(?:\|[^{}]*)?\}\}/g;
const line = () => document.querySelector("[data-line-unfilled]");
const unfilled = (text) => [...new Set(text.match(VARIABLE) ?? [])];
let allowed = ""; // the words that the member wants to send as they are

offer({ sign: "/", url: "repliesUrl", label: "savedReplies", preview, chosen });

// The words as they would be inserted, with what is missing marked.
function preview(words) {
  const parts = words.split(new RegExp(`(${VARIABLE.source})`));
  return parts.map((part) => {
    if (!part.match(VARIABLE)) return document.createTextNode(part);
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}

// Counted, and what goes along is put beside the other files; not to a note, which holds words only.
async function take({ dataset }) {
  const withFiles = Boolean(dataset.files) && composer().dataset.mode === "reply";
  const conversation = openConversation();
  try {
    const response = await post(composer().dataset.repliesUrl, { reply: dataset.reply, ...(withFiles && { with_files: "1" }) });
    const { files } = await response.json();
    if (openConversation() === conversation) files.forEach(addStored);
  } catch {
    if (withFiles) refuse(word("uploadFailed"));
  }
}

function chosen(item, start) {
  take(item);
  if (unfilled(item.dataset.insert).length) next(start);
}

// Selects the next variable that is still there, so that typing replaces it.
function next(from = 0) {
  const text = field();
  const found = [...text.value.matchAll(VARIABLE)];
  const one = found.find(({ index }) => index >= from) ?? found[0];
  if (!one) return;
  text.focus();
  text.setSelectionRange(one.index, one.index + one[0].length);
}

function show(isAsking = false) {
  if (!line()) return;
  const names = composer().dataset.mode === "reply" ? unfilled(field().value) : [];
  line().hidden = !names.length;
  line().querySelector("[data-unfilled]").textContent = word("unfilled", { names: names.join(", ") });
  line().querySelector("[data-unfilled-send]").hidden = !isAsking;
}

// False when words are missing and nobody has said that they may leave so.
export function mayLeave(text) {
  const names = unfilled(text);
  if (!names.length || allowed === text) return true;
  show(true);
  next();
  announce(word("unfilled", { names: names.join(", ") }));
  return false;
}

document.addEventListener("typed", () => show());
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-unfilled-next]")) next();
  if (!event.target.closest("[data-unfilled-send]")) return;
  allowed = field().value.trim();
  document.querySelector("[data-composer-form]").requestSubmit();
});
for (const name of ["sent", "opened", "mode"]) document.addEventListener(name, () => ((allowed = ""), setTimeout(() => show())));
