// The parts of a long list that are not in the page: remembered by the places where they begin and end and the height
// they had, which stands in their place.
import { list, listBody, rows, shownRows } from "./page.js";
import { compare, placeOf } from "./places.js";

export const PIECE = 80; // rows
export const AHEAD = 1200; // pixels
export const pieces = { above: [], below: [] }; // of { after, until, height }, in the order of the list

export const gap = (where) => document.getElementById(`rows-${where}`);
export const more = () => document.getElementById("more-rows");
const heightOf = (where) => pieces[where].reduce((sum, each) => sum + each.height, 0);
export const heightBetween = (all) => (all.length ? all.at(-1).getBoundingClientRect().bottom - all[0].getBoundingClientRect().top : 0);

// In a list that was just drawn.
export function begin() {
  [pieces.above, pieces.below] = [[], []];
  rows().prepend(gapElement("above"));
  more() ? more().before(gapElement("below")) : rows().append(gapElement("below"));
}

function gapElement(where) {
  const element = document.createElement("li");
  element.id = `rows-${where}`;
  element.className = "row-gap";
  element.ariaHidden = "true";
  return element;
}

export function measure(...which) {
  for (const where of which) gap(where).style.height = `${heightOf(where)}px`;
}

// These rows leave the page, to the pieces above or below.
export function letGo(from, to, where) {
  const all = shownRows();
  const found = [];
  let after = from > 0 ? all[from - 1].dataset.place : (pieces.above.at(-1)?.until ?? "");
  for (let at = from; at < to; at += PIECE) {
    const piece = all.slice(at, Math.min(at + PIECE, to));
    found.push({ after, until: piece.at(-1).dataset.place, height: heightBetween(piece) });
    after = piece.at(-1).dataset.place;
  }
  if (all.slice(from, to).some((row) => row.contains(document.activeElement))) listBody().focus({ preventScroll: true });
  for (const row of all.slice(from, to)) row.remove();
  if (where === "below") pieces.below.unshift(...found);
  else pieces.above.push(...found);
}

// None of the rows in the page: all that is not before the eyes is above or below. What is, comes first below.
export function splitAt(scrolled) {
  const all = [...pieces.above, ...pieces.below];
  let height = 0;
  const at = all.findIndex((each) => (height += each.height) > scrolled);
  const from = at < 0 ? all.length - 1 : at;
  [pieces.above, pieces.below] = [all.slice(0, from), all.slice(from)];
}

const FROM = {
  above: () => `after=${pieces.above.at(-1).after}&until=${pieces.above.at(-1).until}`,
  below: () => `after=${pieces.below[0].after}&until=${pieces.below[0].until}`,
  more: () => `after=${more().dataset.after}`,
};
const addressOf = (part) => `${list().dataset.listUrl}?${list().dataset.listing}&${part}`;
export const addressFrom = (where) => addressOf(FROM[where]());

// The addresses of the rows that are in the page.
export function addressesOfShown() {
  const all = shownRows();
  const found = [];
  for (let at = 0, after = pieces.above.at(-1)?.until ?? ""; at < all.length; at += PIECE) {
    const until = all.slice(at, at + PIECE).at(-1).dataset.place;
    found.push(addressOf(`after=${after}&until=${until}`));
    after = until;
  }
  return found;
}

// Whether a place is in a part of the list that is not in the page now.
export function isElsewhere(place, hasNext) {
  if (pieces.above.length && compare(place, placeOf(pieces.above.at(-1).until)) <= 0) return true;
  return !hasNext && (pieces.below.length > 0 || more() !== null);
}
