// What stands around the messages: the head, the pins, the files. Drawn anew unless somebody is at work in it.
import { scroller, tellDocument } from "./page.js";
import { isDrawn, replace } from "./reconcile.js";

const PARTS = ["panel-files", "pins", "panel-pins"];

export function patchParts(page) {
  patchHead(page.getElementById("head"));
  for (const id of PARTS) patchPart(id, page.getElementById(id));
}

function patchHead(fresh) {
  const head = document.getElementById("head");
  if (!fresh || head.querySelector(":popover-open, dialog[open], .htmx-request") || isDrawn(head, fresh)) return;
  htmx.process(replace(head, fresh));
  tellDocument("head");
}

function patchPart(id, fresh) {
  const part = document.getElementById(id);
  const isHeld = part?.contains(document.activeElement);
  if (!fresh || !part || (isHeld && id === "panel-files") || part.outerHTML === fresh.outerHTML) return;
  part.replaceWith(fresh);
  if (isHeld) (fresh.querySelector("button, a") ?? scroller()).focus({ preventScroll: true });
}
