// The pages of the open thread: older and newer ones come as their end comes near, what is far away leaves again.
import { copyOf, get, messages, parse, scroller, tellDocument, workspace } from "./page.js";
import { rememberAll } from "./reconcile.js";

const MOST = 300; // messages that stay drawn; a thread of ten thousand takes no more room than one of three hundred
const AHEAD = "900px 0px";

export const isInThePast = () => Boolean(document.getElementById("newer"));
export const timeOf = (element) => Number(element?.dataset.at?.split("_")[0] ?? 0);

// The scroller is a reversed column: what changes above the eyes moves nothing, what changes below is made up for.
export function keepPlace(change, stays) {
  if (!stays) return change(); // to measure is to lay out
  const box = scroller();
  const before = box.scrollHeight;
  change();
  box.scrollTop -= box.scrollHeight - before;
}

// Who scrolls sees a stutter when everything is done between two frames.
const nextFrame = () => new Promise((go) => (document.hidden ? setTimeout(go) : requestAnimationFrame(() => setTimeout(go))));

let watcher = null;
const loading = new Set();

export function watch() {
  watcher?.disconnect();
  watcher = new IntersectionObserver((seen) => {
    for (const each of seen) if (each.isIntersecting) load(each.target);
  }, { root: scroller(), rootMargin: AHEAD });
  for (const id of ["older", "newer"]) {
    const mark = document.getElementById(id);
    if (mark) watcher.observe(mark);
  }
}

async function load(mark) {
  const { id } = mark;
  if (loading.has(id)) return;
  loading.add(id);
  try {
    const page = parse(`<ol>${await get(mark.dataset[id])}</ol>`).querySelector("ol");
    await nextFrame();
    if (!mark.isConnected) return;
    rememberAll(page);
    keepPlace(() => mark.replaceWith(...page.childNodes), id === "newer");
    tellDocument("drawn");
    await nextFrame();
    trim(id === "newer");
  } catch {
    watcher.unobserve(mark); // the button in it asks again
  } finally {
    loading.delete(id);
    if (!mark.isConnected) watch();
  }
}

// Far from the eyes: what was read on from is at hand again in one request.
function trim(isNewer) {
  const all = [...messages().querySelectorAll(":scope > [data-at]")];
  const tooMany = all.length - MOST;
  if (tooMany <= 0) return;
  const gone = isNewer ? all.slice(0, tooMany) : all.slice(-tooMany);
  const last = isNewer ? all[tooMany] : all[MOST - 1];
  if (isNewer) removeBefore(last);
  else keepPlace(() => removeAfter(last), true);
  if (gone.some((each) => each.contains(document.activeElement))) scroller().focus({ preventScroll: true });
}

function removeBefore(first) {
  const start = first.previousElementSibling?.matches(".day") ? first.previousElementSibling : first;
  while (start.previousSibling) start.previousSibling.remove();
  start.before(markOf("older", `${workspace().dataset.olderUrl}${first.dataset.at}`));
}

function removeAfter(last) {
  const all = [...messages().childNodes]; // the white space between messages too, of which ten thousand leave much
  for (const each of all.slice(all.indexOf(last) + 1)) if (!each.matches?.(".is-pending")) each.remove();
  last.after(markOf("newer", `${workspace().dataset.newerUrl}${last.dataset.at}`));
}

function markOf(id, url) {
  const mark = copyOf(`#${id}-mark`);
  mark.id = id;
  mark.dataset[id] = url;
  return mark;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#older button, #newer button");
  if (button) load(button.parentElement);
});
