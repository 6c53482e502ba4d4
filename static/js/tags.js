// The tags of the open conversation: a field that finds them, and a list of which each can be put on or taken off.
import { folded } from "./fuzzy.js";
import { place } from "./menus.js";
import { get, post, sentenceOf, tellChanged, word } from "./page.js";
import { pointFrom } from "./pointing.js";
import { tell } from "./toasts.js";

const menu = () => document.getElementById("tag-menu");
const field = () => menu().querySelector("[data-tag-search]");
const options = () => [...menu().querySelectorAll("[role=option]")].filter((option) => !option.hidden);

async function load() {
  menu().innerHTML = await get(menu().dataset.url);
  place(menu());
  field().focus({ preventScroll: true });
  point(options()[0]);
}

function point(option) {
  for (const each of menu().querySelectorAll(".is-pointed")) each.classList.remove("is-pointed");
  option?.classList.add("is-pointed");
  pointFrom(field(), option);
}

function find() {
  const wanted = folded(field().value.trim());
  let isThere = false;
  for (const option of menu().querySelectorAll("[data-tag]")) {
    const name = folded(option.textContent.trim());
    option.hidden = !name.includes(wanted);
    isThere ||= name === wanted;
  }
  const fresh = menu().querySelector("[data-new-tag]");
  if (fresh) {
    fresh.hidden = !wanted || isThere;
    fresh.querySelector("[data-new-name]").textContent = field().value.trim();
  }
  menu().querySelector("[data-no-tag]").hidden = options().length > 0;
  point(options()[0]);
}

async function choose(option) {
  const isOn = option.getAttribute("aria-selected") === "true";
  const asked = "newTag" in option.dataset ? { name: field().value.trim() } : { tag: option.dataset.tag, ...(isOn && { off: 1 }) };
  const response = await post(menu().querySelector("[data-url]").dataset.url, asked).catch(() => null);
  const told = JSON.parse(response?.headers.get("HX-Trigger") ?? "{}");
  if (!response?.ok || told.toast) return tell(told.toast?.sentence ?? (response ? await sentenceOf(response) : word("offline")));
  tellChanged();
  if ("newTag" in option.dataset) return load();
  option.setAttribute("aria-selected", !isOn);
}

document.addEventListener("toggle", (event) => event.target.id === "tag-menu" && event.newState === "open" && load(), true);
document.addEventListener("input", (event) => event.target.matches("[data-tag-search]") && find());
document.addEventListener("click", (event) => {
  const option = event.target.closest("#tag-menu [role=option]");
  if (option) (choose(option), field().focus());
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-tag-search]") || event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = options();
  const at = all.findIndex((option) => option.matches(".is-pointed"));
  if (step && all.length) (event.preventDefault(), point(all.at((at + step) % all.length)));
  if (event.key === "Enter" && all[at]) (event.preventDefault(), choose(all[at]));
});
