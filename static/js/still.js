// The first row before the eyes stays where it is while rows around it change.
import { listBody, shownRows } from "./page.js";

// `except` is the row that is being moved.
export function holdStill(change, except = null) {
  const box = listBody();
  const anchor = shownRows().find((row) => row.getBoundingClientRect().bottom > box.getBoundingClientRect().top);
  const before = anchor?.getBoundingClientRect().top;
  change();
  const now = anchor && anchor !== except && document.getElementById(anchor.id);
  if (now) box.scrollTop += now.getBoundingClientRect().top - before;
}
