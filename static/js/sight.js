// A conversation that this member no longer sees: its page closes, with a word why.
import { isOpening, show } from "./opening.js";
import { openConversation, workspace } from "./page.js";

const LOOK_EVERY = 10_000;

let isLeaving = false;

// Where they may know that it exists the address answers with the way in for an emergency; else there is only the list.
async function leave() {
  if (isLeaving || !openConversation() || isOpening()) return;
  isLeaving = true;
  await show("#workspace", workspace().dataset.address).catch(() => location.assign("/"));
  isLeaving = false;
}

// A request about the open conversation: when the server does not know it any more, its page goes.
export async function leaveUnseen(asked) {
  try {
    return await asked;
  } catch (problem) {
    if (problem.status === 404) leave();
    throw problem;
  }
}

document.addEventListener("unseen", leave);

// Emergency access ends by the clock.
setInterval(() => {
  const ends = document.querySelector("[data-closes-at]")?.dataset.closesAt;
  if (ends && Date.parse(ends) < Date.now()) leave();
}, LOOK_EVERY);
