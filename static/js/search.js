// The search of the list: as one types, and with Enter. The words may be a patient's name: they go in the body of a
// request, never in an address; this tab keeps them, so that the way back and a reload lead to what was found.
import { rowsDrawn } from "./list.js";
import { announce, list, listBody, parse, post, word } from "./page.js";

const KEPT = "search";
const field = () => document.getElementById("search");

// The newest answer wins.
let searching = null;
let pause = 0;
let isComingBack = false;

async function search(query) {
  searching?.abort();
  searching = new AbortController();
  keep(query);
  try {
    const response = await post(`${list().dataset.listUrl}?${list().dataset.listing}`, { q: query }, searching);
    if (!response.ok) return announce(word("failed"));
    show(query, parse(await response.text()));
  } catch (error) {
    if (error.name !== "AbortError") announce(word("failed"));
  }
}

function show(query, page) {
  list().toggleAttribute("data-query", query !== "");
  listBody().replaceChildren(...page.getElementById("list-body").childNodes);
  listBody().scrollTop = 0;
  document.getElementById("tabs").replaceWith(page.getElementById("tabs"));
  htmx.process(list());
  rowsDrawn();
}

const keep = (query) => (query ? sessionStorage.setItem(KEPT, query) : sessionStorage.removeItem(KEPT));

// The list was drawn without the search that it had.
function findAgain() {
  const query = sessionStorage.getItem(KEPT);
  if (!query || !field()) return;
  field().value = query;
  search(query);
}

document.addEventListener("input", (event) => {
  if (!event.target.closest("[data-search]")) return;
  clearTimeout(pause);
  pause = setTimeout(() => search(event.target.value.trim()), 180);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-search]")) return;
  event.preventDefault();
  clearTimeout(pause);
  goToFound(event.target.elements.q.value.trim());
});

// Enter leads to what was found; where nothing was, the words can be changed.
async function goToFound(query) {
  await search(query);
  const first = document.querySelector("#rows .row-link");
  if (query && first && document.activeElement === field()) first.focus();
}

document.addEventListener("htmx:before:history:restore", () => (isComingBack = true));
document.addEventListener("htmx:after:swap", () => {
  if (isComingBack) findAgain();
  else if (!field()?.value) keep(""); // another list was chosen
  isComingBack = false;
});

const arrival = performance.getEntriesByType("navigation")[0]?.type;
if (["reload", "back_forward"].includes(arrival)) findAgain();
else keep("");
