// What a pressed key is called: "e", "shift+e", "?"; the same letter on every layout.
const TWINS = { "؟": "?", "？": "?", "！": "!", "／": "/", "，": ",", "、": "/" };
export const isMac = /Mac|iP(hone|ad|od)/.test(navigator.platform);

// A layout without Latin letters is told by where the key is: there KeyJ is j. Every other says itself what it means,
// so that on AZERTY and Dvorak the key with that letter is the one.
function signOf({ key, code }) {
  const isForeign = /[\p{L}\p{M}]/u.test(key) && !/\p{Script=Latin}/u.test(key);
  const place = isForeign && /^Key([A-Z])$/.exec(code);
  return place ? place[1].toLowerCase() : (TWINS[key] ?? key);
}

// "" for keys that are no sign: Enter, arrows, dead keys, what an input method is composing.
export function keyOf(event) {
  const sign = signOf(event);
  if (event.isComposing || event.keyCode === 229 || [...sign].length !== 1 || !sign.trim()) return "";
  const isLetter = /\p{L}/u.test(sign);
  return (isLetter && event.shiftKey ? "shift+" : "") + sign.toLowerCase();
}

// Ctrl, or ⌘ where that is what one holds.
export const holdsMod = (event) => (isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey;
