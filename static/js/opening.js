// Parts of the page asked for and shown. The last wish is what is seen, and what the address bar says, however late an
// earlier one is answered.
import { get, tellDocument } from "./page.js";

// Each part, and the others for which an earlier wish is over when it is asked for.
const PARTS = { "#workspace": ["#inbox"], "#list": [], "#inbox": ["#workspace", "#list"] };
const asked = new Map(); // part -> the request for what it is to show next

export const isOpening = () => asked.has("#workspace") || asked.has("#inbox");

// True once it is shown; false when something else was asked for meanwhile. Raises when it failed: what was shown still is.
// `leaves` says that another conversation, or none, will be open; `ready` is the answer where it is here already.
export async function show(part, href, { ready = null, leaves = false, headers = {}, ...how } = {}) {
  for (const each of [part, ...PARTS[part]]) (asked.get(each)?.abort(), asked.delete(each));
  const mine = new AbortController();
  asked.set(part, mine);
  if (leaves) tellDocument("opening");
  let text = ready;
  try {
    text ??= await get(href, { signal: mine.signal, headers: { "HX-Request": "true", ...headers } });
  } catch (problem) {
    if (!mine.signal.aborted) throw problem;
  } finally {
    if (asked.get(part) === mine) asked.delete(part);
  }
  if (mine.signal.aborted) return false;
  if (leaves) tellDocument("leaving");
  await htmx.swap({ text, target: part, swap: "outerHTML", sourceElement: document.querySelector("#inbox"), ...how });
  return true;
}

export const tellFailed = (problem = {}) => (tellDocument("failed", problem), false);

// The open conversation anew, or at another place; the address bar stays.
export const showAnew = (href) => show("#workspace", href).catch(tellFailed);

// Back and forward. What the server refuses is not to stand below another address.
document.addEventListener("htmx:before:history:restore", (event) => {
  event.preventDefault();
  const headers = { "HX-History-Restore-Request": "true" };
  show("#inbox", event.detail.path, { leaves: true, headers, select: "#inbox", swap: "outerSync" }).catch((problem) =>
    problem.status ? location.reload() : tellFailed(problem),
  );
});
