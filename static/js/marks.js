// Words that were searched for, marked where they stand in the thread; nothing in the page itself is changed for it.
import { messages } from "./page.js";

const plain = (letter) => {
  const base = letter.normalize("NFD")[0].toLowerCase();
  return base.length === letter.length ? base : letter;
};
const folded = (text) => [...text].map(plain).join("");
let words = [];

export function markWords(text) {
  words = (text.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []).map(folded);
  draw();
}

function* placesIn(node) {
  const text = folded(node.data);
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) yield [at, at + word.length];
  }
}

function draw() {
  if (!window.CSS?.highlights || !messages()) return;
  const found = new Highlight();
  for (const box of words.length ? messages().querySelectorAll(".words") : []) {
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      for (const [start, end] of placesIn(walker.currentNode)) {
        const range = new Range();
        range.setStart(walker.currentNode, start);
        range.setEnd(walker.currentNode, end);
        found.add(range);
      }
    }
  }
  CSS.highlights.set("sought", found);
}

document.addEventListener("drawn", draw);
document.addEventListener("opened", () => {
  const sought = document.querySelector("[data-sought]")?.dataset.sought;
  if (messages()?.dataset.jump && sought) markWords(sought);
  else draw();
});
document.addEventListener("leaving", () => markWords(""));
