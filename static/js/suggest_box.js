// The list of what is offered above the field: drawn, sifted by what was typed, one of it pointed to.
import { field } from "./composer.js";
import { folded } from "./fuzzy.js";
import { announce, parse, word } from "./page.js";
import { choosePointed } from "./pointing.js";

const box = () => document.querySelector("[data-suggest-box]");
const items = () => [...box().querySelectorAll(".suggest-item")];
export const shown = () => items().filter((item) => !item.hidden);
export const active = () => box()?.querySelector('[aria-selected="true"]');
export const isDrawn = () => Boolean(box()?.childElementCount);

// `offer` is what is offered, `html` all of it. False when what was typed is a sentence and not a search.
export function show(offer, html, query) {
  if (box().dataset.sign !== offer.sign || box().drawn !== html) {
    box().replaceChildren(...parse(html).body.childNodes);
    box().drawn = html;
    box().dataset.sign = offer.sign;
    box().setAttribute("aria-label", word(offer.label));
  }
  const found = sift(query);
  if (!found.length && /\s/.test(query)) return false;
  document.querySelector("[data-suggest]").hidden = false;
  box().querySelector("[data-suggest-empty]").hidden = found.length > 0;
  field().setAttribute("aria-controls", "suggest-box");
  field().setAttribute("aria-autocomplete", "list");
  point(found[0], offer);
  announce(word("suggested", { n: found.length }));
  return true;
}

// The shortcut itself first, then those that begin so, then whatever has all the words.
function sift(query) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const rank = ({ dataset }) => (!words.length ? 2 : dataset.shortcut === words.join(" ") ? 0 : dataset.shortcut?.startsWith(words[0]) ? 1 : 2);
  const all = items();
  all.forEach((item, at) => {
    item.place ??= at;
    const sought = folded(item.dataset.sought);
    item.hidden = !words.every((each) => sought.includes(each) || item.dataset.shortcut?.startsWith(each));
  });
  all.sort((one, two) => rank(one) - rank(two) || one.place - two.place);
  box().querySelector("[data-suggest-list]").append(...all);
  return shown();
}

function point(item, offer) {
  choosePointed(field(), active(), item);
  const preview = document.querySelector("[data-suggest-preview]");
  preview.hidden = !item || !offer.preview;
  if (!preview.hidden) preview.replaceChildren(...offer.preview(item.dataset.insert));
}

export function move(step, offer) {
  const all = shown();
  point(all.at((all.indexOf(active()) + step) % all.length), offer);
}

export function hide() {
  const list = document.querySelector("[data-suggest]");
  if (list) list.hidden = true;
  for (const name of ["aria-controls", "aria-activedescendant"]) field()?.removeAttribute(name);
}
