// A template as the patient reads it, following each key: WhatsApp's marks drawn, variables by their examples.
const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;
const MARKS = /```([^`]+)```|(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])|(?<![\w_{])_(?=\S)([^_\n]+)(?<=\S)_(?![\w_}])|(?<![\w~])~(?=\S)([^~\n]+)(?<=\S)~(?![\w~])/g;
const ELEMENTS = ["code", "b", "i", "s"];
const ICONS = { IMAGE: "image", VIDEO: "video", DOCUMENT: "file", LOCATION: "map-pin" };

const made = (tag, nodes, className = "") => {
  const element = Object.assign(document.createElement(tag), { className });
  element.append(...nodes);
  return element;
};

// The variables of a text, each once, in order.
export const variablesOf = (text) => [...new Set([...text.matchAll(VARIABLE)].map((found) => found[1]))];

function filled(text, part, values) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(VARIABLE)) {
    const value = values[`${part}.${found[1]}`];
    nodes.push(text.slice(at, found.index), made("mark", [value || found[0]], value ? "is-filled" : ""));
    at = found.index + found[0].length;
  }
  return [...nodes, text.slice(at)];
}

// Names of variables hold "_" too: what stands within braces is no mark.
function formatted(text, part, values) {
  const held = [];
  const safe = text.replace(VARIABLE, (found) => `\u0000${held.push(found) - 1}\u0001`);
  return drawn(safe, (piece) => filled(piece.replace(/\u0000(\d+)\u0001/g, (_, index) => held[index]), part, values));
}

function drawn(text, leaf) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    const kind = found.slice(1).findIndex((each) => each !== undefined);
    const inner = found[kind + 1];
    nodes.push(...leaf(text.slice(at, found.index)), made(ELEMENTS[kind], kind ? drawn(inner, leaf) : leaf(inner)));
    at = found.index + found[0].length;
  }
  return [...nodes, ...leaf(text.slice(at))];
}

const iconOf = (header) => document.querySelector(`[data-head-icon="${ICONS[header]}"]`).content.cloneNode(true);

// The example file as the patient gets one: a photo, a video to play, a document by its name.
function fileOf(header, sample) {
  const file = made("p", [], `preview-file${sample ? ` is-${header.toLowerCase()}` : ""}`);
  if (!sample || header === "DOCUMENT") file.append(iconOf(header), ...(sample ? [made("bdi", [sample.name])] : []));
  else if (header === "IMAGE") file.append(Object.assign(new Image(), { src: sample.url, alt: sample.name }));
  else file.append(Object.assign(document.createElement("video"), { src: sample.url, controls: true, preload: "metadata", playsInline: true, ariaLabel: sample.name }));
  return file;
}

let head = { key: "", node: null }; // drawn once: a video goes on while one types
function headOf(told) {
  if (told.header === "TEXT") return told.headerText ? [made("p", filled(told.headerText, "header", told.values), "preview-header words")] : [];
  if (!told.header) return [];
  const key = `${told.header} ${told.sample?.url ?? ""}`;
  if (head.key !== key) head = { key, node: fileOf(told.header, told.sample) };
  return [head.node];
}

const buttonOf = (button) => made("li", [made("bdi", [button.text || "…"])]);

// `told`: header, headerText, body, footer, buttons, values by the variables' keys, sample: { url, name } of the header's file.
export function draw(bubble, told) {
  const parts = headOf(told);
  const body = told.body ? formatted(told.body, "body", told.values) : [bubble.dataset.empty];
  parts.push(made("p", body, told.body ? "preview-body words" : "preview-body preview-nothing"));
  if (told.footer) parts.push(made("p", [told.footer], "preview-footer words"));
  if (told.buttons.length) parts.push(made("ul", told.buttons.map(buttonOf), "sent-buttons"));
  for (const part of parts) part.dir = "auto";
  const kept = bubble.firstChild === parts[0] ? parts.shift() : null;
  while (bubble.lastChild && bubble.lastChild !== kept) bubble.lastChild.remove();
  bubble.append(...parts);
}
