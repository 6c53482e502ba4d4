// The search of the list: as one types, and with Enter.
import { select } from "./list.js";
import { announce, get, list, listBody, parse, rows, tellDocument, word } from "./page.js";
import { rememberAll } from "./reconcile.js";

// The newest answer wins.
let searching = null;
let pause = 0;

async function search(query) {
  searching?.abort();
  searching = new AbortController();
  try {
    const html = await get(`${list().dataset.listUrl}?${list().dataset.listing}&q=${encodeURIComponent(query)}`, searching);
    const page = parse(html);
    list().toggleAttribute("data-query", query !== "");
    listBody().replaceChildren(...page.getElementById("list-body").childNodes);
    listBody().scrollTop = 0;
    const tabs = page.getElementById("tabs");
    document.getElementById("tabs").replaceWith(tabs);
    htmx.process(list());
    rememberAll(rows());
    select();
    tellDocument("rows");
  } catch (error) {
    if (error.name !== "AbortError") announce(word("failed"));
  }
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
  search(event.target.elements.q.value.trim());
});
