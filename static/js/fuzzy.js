// How well a name answers what was typed: the words in any order, their beginnings first, letters left out last.
export const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function scoreOfWord(word, text) {
  const at = text.indexOf(word);
  if (at === 0) return 4;
  if (at > 0) return /[\p{L}\p{N}]/u.test(text[at - 1]) ? 2 : 3;
  let from = 0;
  for (const letter of word) {
    from = text.indexOf(letter, from) + 1;
    if (!from) return 0;
  }
  return word.length > 2 ? 1 : 0;
}

// 0 when a word is not in it; otherwise more for better, and for the shorter of two names.
export function score(query, name) {
  const text = folded(name);
  const words = folded(query).split(/\s+/).filter(Boolean);
  const scores = words.map((word) => scoreOfWord(word, text));
  if (scores.includes(0)) return 0;
  return scores.reduce((sum, each) => sum + each, 1) - text.length / 1000;
}
