// From hints to screens: collected for a moment, then one request for rows and one for the open thread.
import { alertTo } from "./alerts.js";
import { tryAgain } from "./outbox.js";
import { openConversation, tellDocument, workspace } from "./page.js";
import { connect } from "./realtime.js";
import { refreshPanel } from "./panel.js";
import { reloadList } from "./reloading.js";
import { refreshRows } from "./rows.js";
import { refreshThread } from "./thread.js";

const COLLECT = [60, 120]; // milliseconds; spread, so that a hundred screens do not ask in the same instant
const TOO_MANY = 60;
const QUIET = 1500; // a lost connection shorter than this is not worth a word
const waiting = new Set();
let timer = 0;
let busy = false;

function collect(topics) {
  if (!topics.length) return; // something changed that is not ours to see
  tellDocument("hinted", { topics });
  for (const topic of topics) waiting.add(topic);
  if (!timer && !busy) timer = setTimeout(refresh, COLLECT[0] + Math.random() * (COLLECT[1] - COLLECT[0]));
}

async function refresh() {
  timer = 0;
  busy = true;
  const topics = [...waiting];
  waiting.clear();
  const isAnew = topics.includes("list"); // what this member sees may be another now
  const ids = topics.filter((topic) => topic.startsWith("conversation-")).map((topic) => topic.slice(13));
  try {
    const isOpen = isAnew || ids.includes(openConversation());
    const isTheirs = topics.includes(`contact-${workspace()?.dataset.contact}`);
    const [news] = await Promise.all([isAnew || ids.length > TOO_MANY ? reloadList() : refreshSome(ids), isOpen && refreshThread(), isTheirs && refreshPanel()]);
    alertTo((news ?? []).filter(({ conversation }) => conversation !== openConversation() || document.hidden));
  } catch {
    for (const topic of topics) waiting.add(topic); // asked again with the next hint or reconnect
  } finally {
    busy = false;
    if (waiting.size) timer = setTimeout(refresh, 2000);
  }
}

const refreshSome = (ids) => (ids.length ? refreshRows(ids) : []);

async function resync() {
  tellDocument("hinted", { topics: ["list"] });
  await Promise.allSettled([reloadList(), refreshThread(), refreshPanel()]);
}

let quiet = 0;
let wasLinked = false;
function show(state) {
  clearTimeout(quiet);
  const box = document.querySelector("[data-link-state]");
  const draw = () => {
    box.hidden = state === "connected";
    for (const each of box.children) each.hidden = each.dataset.when !== state;
  };
  if (state === "connected") (draw(), tryAgain());
  tellDocument(state === "connected" ? "linked" : "unlinked", { again: wasLinked });
  if (state === "connected") wasLinked = true;
  else quiet = setTimeout(draw, QUIET);
}

document.addEventListener("changed", ({ detail }) => collect(detail.topics ?? [detail.topic]));

const { socket, seq, login } = document.body.dataset;
const link = connect({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${socket}`,
  since: Number(seq),
  onTopics: collect,
  onResync: resync,
  onWhisper: (news) => tellDocument("whisper", news),
  onState: show,
  onSignedOut: () => location.assign(login),
});
export const say = link.say;
