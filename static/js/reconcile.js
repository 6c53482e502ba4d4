// Bring a list of elements with ids up to date without touching what did not change:
// a playing voice message goes on, focus stays, an open menu stays open.
const drawn = new WeakMap();

const asDrawn = (element) => drawn.get(element) ?? element.outerHTML;
export const isDrawn = (element, fresh) => asDrawn(element) === fresh.outerHTML;
const remember = (element) => (drawn.set(element, element.outerHTML), element);

export function rememberAll(parent) {
  for (const child of parent?.children ?? []) remember(child);
}

// The control in it that had the focus has it again.
export function replace(old, fresh) {
  const path = focusPath(old);
  const held = document.activeElement;
  old.replaceWith(remember(fresh));
  keepOpen(old, fresh);
  if (path !== null) twin(fresh, held, path)?.focus({ preventScroll: true });
  return fresh;
}

// What somebody opened or closed stays so.
function keepOpen(old, fresh) {
  for (const each of old.querySelectorAll("details[id]")) {
    const again = fresh.querySelector(`#${CSS.escape(each.id)}`);
    if (again) again.open = each.open;
  }
}

// The same control among the new ones; more may have come before it.
function twin(fresh, held, path) {
  const all = focusable(fresh);
  const same = all.filter((each) => asWritten(each) === asWritten(held));
  return same.length && !same.includes(all[path]) ? same[0] : all[path];
}

// Without what a menu has left on the button that opened it.
const asWritten = (element) => element.outerHTML.replace(/ aria-expanded="\w*"/, "");
const focusable = (element) => [...element.querySelectorAll("a, button, input, summary")];

// Which of the element's controls has the focus; null when none has.
function focusPath(element) {
  const at = focusable(element).indexOf(document.activeElement);
  return at < 0 ? null : at;
}

export function patch(old, fresh) {
  return asDrawn(old) === fresh.outerHTML ? old : replace(old, fresh);
}

// `fresh` holds the end of the list in order. Returns the elements that are new.
export function patchTail(parent, fresh) {
  const added = [];
  let after = null;
  for (const element of [...fresh.children]) {
    let shown = document.getElementById(element.id) ?? pendingTwin(parent, element);
    if (shown?.parentElement === parent) {
      after = patch(shown, element);
    } else {
      place(parent, after, element);
      added.push(remember(element));
      after = element;
    }
  }
  return added;
}

function pendingTwin(parent, element) {
  const client = element.dataset.client;
  return client ? parent.querySelector(`:scope > [data-client="${CSS.escape(client)}"]`) : null;
}

function place(parent, after, element) {
  if (after) after.after(element);
  else {
    const pending = parent.querySelector(":scope > .is-pending");
    parent.insertBefore(element, pending);
  }
}
