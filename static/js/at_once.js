// Closing, snoozing and assigning are seen before the server has answered, and undone with a sentence when it refuses.
const TAKES_AWAY = { close: /\/close\/$/, snooze: /\/snooze\/$/ };
const pending = new Map(); // the element that asks -> how to put back what was drawn

const addressOf = (detail) => new URL(detail.ctx?.request?.action ?? "", location).pathname;
const rowOf = (address) => document.getElementById(`row-${address.split("/")[2]}`);

function draw(address) {
  const head = document.getElementById("head");
  const isGoing = TAKES_AWAY.close.test(address) || TAKES_AWAY.snooze.test(address);
  if (!head || !(isGoing || /\/assign\/$/.test(address))) return null;
  const row = isGoing ? rowOf(address) : null;
  head.classList.add("is-changing");
  head.setAttribute("aria-busy", "true");
  row?.classList.add("is-going");
  return () => {
    head.classList.remove("is-changing");
    head.removeAttribute("aria-busy");
    row?.classList.remove("is-going");
  };
}

document.addEventListener("htmx:before:request", ({ detail }) => {
  if (detail.ctx?.request?.method?.toUpperCase() !== "POST") return;
  const undo = draw(addressOf(detail));
  if (undo) pending.set(detail.ctx, undo);
});
document.addEventListener("htmx:finally:request", ({ detail }) => {
  pending.get(detail.ctx)?.(); // the answer has been drawn, or there is nothing to draw: the row comes back
  pending.delete(detail.ctx);
});
