// The whole list again after a long absence: its first page, or the rows that one looks at further down.
import { rowsDrawn } from "./list.js";
import { get, list, listBody, parse, rows, shownRows } from "./page.js";
import { AHEAD, addressesOfShown, gap, pieces } from "./pieces.js";
import { patchTabs } from "./rows.js";
import { holdStill } from "./still.js";

export async function reloadList() {
  const shown = list();
  if (!shown || "query" in shown.dataset || (await refreshShown())) return;
  const page = parse(await get(`${shown.dataset.listUrl}?${shown.dataset.listing}`));
  if (list()?.dataset.listing !== shown.dataset.listing) return;
  const fresh = page.getElementById("list-body");
  listBody().replaceChildren(...fresh.childNodes);
  patchTabs(page.getElementById("tabs"));
  htmx.process(listBody());
  rowsDrawn();
}

// The rows in the page again, without moving what one looks at. False when it is simply the top.
async function refreshShown() {
  if (!pieces.above.length && listBody().scrollTop < AHEAD) return false;
  const [shown, asked] = [rows(), addressesOfShown()];
  const told = await Promise.all(asked.map((each) => get(each)));
  if (shown !== rows()) return true;
  if (addressesOfShown().join() !== asked.join()) return refreshShown(); // other rows are in the page by now
  const fresh = [...parse(`<ul>${told.join("")}</ul>`).querySelectorAll(".row")];
  holdStill(() => replaceRows(fresh));
  rowsDrawn({ children: fresh });
  return true;
}

function replaceRows(fresh) {
  for (const row of shownRows()) if (!fresh.some((each) => each.id === row.id)) row.remove();
  for (const row of fresh) {
    const old = document.getElementById(row.id);
    if (old && !old.contains(document.activeElement)) old.remove();
    if (!old?.isConnected) gap("below").before(row);
    else gap("below").before(old);
  }
}
