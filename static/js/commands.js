// What can be done on this page, read from its buttons and links:
//   data-command="Name"            this one (data-command="" takes its text); data-command-kind says of which kind
//   data-commands="Kind"           every .menu-item in it, or what data-command-items selects, under this kind
// See docs/development.md.
const isClosedAway = (element) => element.closest("[popover], [hidden]");
const isUsable = (element) => !element.disabled && (isClosedAway(element) || element.checkVisibility());

function textOf(element) {
  const copy = element.cloneNode(true);
  for (const extra of copy.querySelectorAll("kbd, .avatar, .visually-hidden, .badge, .menu-count, .menu-item-end")) extra.remove();
  return copy.textContent.replace(/\s+/g, " ").trim() || element.getAttribute("aria-label") || "";
}

function entry(element, kind) {
  const title = element.dataset.command || textOf(element);
  const key = element.querySelector("kbd")?.textContent || keyOf(element.dataset.does);
  const found = { title, kind: element.dataset.commandKind ?? kind, key, element };
  return { ...found, run: () => stillThere(found)?.click() };
}

// The page may have been drawn anew while one chose: then what has the same name now.
const stillThere = (found) =>
  found.element.isConnected ? found.element : commands().find((each) => nameOf(each) === nameOf(found))?.element;

const keyOf = (name) => (name ? (document.querySelector(`#keys:not([data-off]) [data-shortcut="${name}"]`)?.dataset.keys ?? "") : "");

export function commands() {
  const found = [];
  for (const element of document.querySelectorAll("[data-command]")) if (isUsable(element)) found.push(entry(element, ""));
  for (const group of document.querySelectorAll("[data-commands]")) {
    for (const element of group.querySelectorAll(group.dataset.commandItems ?? ".menu-item:not([data-command])")) {
      if (isUsable(element)) found.push(entry(element, group.dataset.commands));
    }
  }
  const named = new Map(found.filter(({ title }) => title).map((each) => [nameOf(each), each]));
  return [...named.values()];
}

export const nameOf = ({ kind, title }) => (kind ? `${kind}: ${title}` : title);
