// Which list is shown: the menu of lists with its counts, the order, the filter and the filters one keeps.
import { announce, get, list, listBody, parse, word } from "./page.js";
import { place } from "./menus.js";
import { show as ask, tellFailed } from "./opening.js";

async function show(address) {
  const hadFocus = list().contains(document.activeElement) || document.activeElement === document.body;
  history.replaceState(history.state, "", `?${address}`);
  if (!(await ask("#list", `${list().dataset.listUrl}?${address}`).catch(tellFailed))) return;
  listBody().scrollTop = 0;
  const button = document.getElementById("views-button");
  if (hadFocus) button.focus({ preventScroll: true });
  announce(button.textContent.trim());
}

// An order that was chosen goes along to the next view.
export function showView(view) {
  const sort = new URLSearchParams(list().dataset.wholeListing).get("sort");
  return show(sort ? `view=${view}&sort=${sort}` : `view=${view}`);
}

function sorted(sort) {
  const address = new URLSearchParams(list().dataset.wholeListing);
  address.set("sort", sort);
  return show(address.toString());
}

document.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  const link = event.target.closest("[data-list], [data-sort]");
  if (link) {
    event.preventDefault();
    const { list: address, sort } = link.dataset;
    if (sort) sorted(sort);
    else address.startsWith("view=") && link.closest(".menu") ? showView(address.slice(5)) : show(address);
  }
  if (event.target.closest("[data-filters]")) openFilter();
  if (event.target.closest("[data-filter-clear]")) (dialog().close(), show(`view=${list().dataset.view}`));
});
document.addEventListener("listed", ({ detail }) => (dialog().close(), show(detail.address)));

// The menu is drawn without counts, and anew with them when it opens.
document.addEventListener(
  "toggle",
  async (event) => {
    if (event.target.id !== "views-menu" || event.newState !== "open") return;
    const menu = event.target;
    const page = parse(await get(`${list().dataset.viewsUrl}?${list().dataset.listing}`));
    const at = [...menu.querySelectorAll(".menu-item")].indexOf(document.activeElement);
    menu.replaceChildren(...page.body.childNodes);
    place(menu);
    (menu.querySelectorAll(".menu-item")[at] ?? menu.querySelector(".menu-item")).focus({ preventScroll: true });
  },
  true,
);

const dialog = () => document.getElementById("filter-dialog");

export async function openFilter() {
  const body = dialog().querySelector("[data-filter-body]");
  try {
    body.innerHTML = await get(`${list().dataset.filterUrl}?${list().dataset.listing}`);
  } catch {
    return announce(word("failed"));
  }
  htmx.process(body);
  dialog().showModal();
}

const addressOf = (form) => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-filter-form]")) return;
  event.preventDefault();
  dialog().close();
  show(addressOf(event.target));
});
// What is kept is what the form says now, whether or not it was shown already.
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-filter-form]");
  if (form) dialog().querySelector("[data-filter-save] [name=listing]").value = addressOf(form);
});
