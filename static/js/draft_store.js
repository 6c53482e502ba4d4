// What was written here and the server does not have yet: on this device, over reloads and a day without a line.
const LONGEST = 14 * 86_400_000;
export const MODES = ["reply", "note"];
const prefix = () => `draft:${document.body.dataset.member}:`;
const key = (conversation, mode) => `${prefix()}${conversation}:${mode}`;

// { text, quotes, base: the server's number it goes on from, at, client: the id it is being sent with }
export function stored(conversation, mode) {
  try {
    return JSON.parse(localStorage.getItem(key(conversation, mode)));
  } catch {
    return null;
  }
}

export function store(conversation, mode, entry) {
  try {
    if (entry) localStorage.setItem(key(conversation, mode), JSON.stringify(entry));
    else localStorage.removeItem(key(conversation, mode));
  } catch {
    // full, or forbidden: the server's copy remains
  }
}

const keys = () => Object.keys(localStorage).filter((each) => each.startsWith("draft:"));

export const allStored = () => keys().filter((each) => each.startsWith(prefix())).map((each) => each.slice(prefix().length).split(":")).filter(([, mode]) => MODES.includes(mode));

for (const [conversation, mode] of allStored()) {
  if (!(stored(conversation, mode)?.at > Date.now() - LONGEST)) store(conversation, mode, null);
}
