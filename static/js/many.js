// While conversations are selected the keys and the bar's menus are for them, whichever conversation is open.
import { run } from "./bulk.js";
import { onMany } from "./keys.js";
import { word } from "./page.js";
import { clear, fetchMenus, selection } from "./selecting.js";
import { tell } from "./toasts.js";

const bar = () => document.querySelector("[data-bulk]");

function act(name, fields) {
  const some = [...selection()];
  clear();
  run(name, fields, some);
}

const press = (selector) => bar().querySelector(selector).click();
const DOES = {
  assign: () => act("assign", { member: document.body.dataset.member }),
  unread: () => act("unread", {}),
  close: () => press("[data-act=close]"),
  close_next: () => press("[data-act=close]"),
  snooze: () => press("[popovertarget=bulk-snooze]"),
  tags: () => press("[popovertarget=bulk-tag]"),
  priority: () => press("[popovertarget=bulk-priority]"),
};
for (const [name, does] of Object.entries(DOES)) onMany(name, () => selection().size > 0 && (does(), true));

// A menu that is not here yet opens as soon as it is, unless the selection is gone by then.
async function open(button) {
  const menu = () => document.getElementById(button.getAttribute("popovertarget"));
  if (menu()) return; // the browser opens it
  button.setAttribute("aria-busy", "true");
  try {
    await fetchMenus();
    if (selection().size && !menu().matches(":popover-open")) menu().showPopover();
  } catch {
    tell(word(navigator.onLine ? "failed" : "offline"));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-bulk] [popovertarget]");
  if (button) open(button);
});
