// One small emoji menu for two ends: into the answer, or onto a message.
import { field } from "./composer.js";
import { useEmoji } from "./emoji.js";
import { insert } from "./inserting.js";
import { post, sentenceOf, tellChanged, word } from "./page.js";
import { tell } from "./toasts.js";

const menu = () => document.getElementById("emoji");
let chosen = null; // what to do with the emoji

function show(opener, onChoose) {
  chosen = onChoose;
  menu().opener = opener;
  menu().showPopover();
}

async function react(url, emoji) {
  const response = await post(url, { emoji }).catch(() => null);
  if (!response) return tell(word("failed"));
  if (!response.ok) return tell(await sentenceOf(response));
  tellChanged();
}

document.addEventListener("click", (event) => {
  const reaction = event.target.closest("[data-react]");
  if (reaction) show(reaction, (emoji) => react(reaction.dataset.react, emoji));
  const emoji = event.target.closest("[data-emoji]");
  if (emoji) show(emoji, (chosen) => insert(field(), chosen));
  const own = event.target.closest("[data-unreact]");
  if (own) react(own.dataset.unreact, "");
  const choice = event.target.closest("[data-emoji-choice]");
  if (!choice) return;
  menu().hidePopover();
  useEmoji(choice.dataset.emojiChoice);
  chosen?.(choice.dataset.emojiChoice);
});
