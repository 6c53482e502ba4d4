// What became of a message whose conversation is not open any more.
import { open } from "./list.js";
import { word } from "./page.js";
import { tell } from "./toasts.js";

export function tellNotSent(conversation, sentence) {
  tell(`${word("notSent")} ${sentence}`, { label: word("look"), run: () => open(`/conversations/${conversation}/`) });
}
