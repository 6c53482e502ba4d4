// The socket: hints about what changed, gapless over reconnects. It knows topics, nothing of screens.
const FIRST_WAIT = 400;
const LONGEST_WAIT = 20_000;
const SILENCE = 60_000; // the server pings every 25 s; two missed pings mean a dead line
const SIGNED_OUT = 4401;

// Calls `act` when nobody said `isAlive` for a while.
function watch(act) {
  let timer = 0;
  const stop = () => clearTimeout(timer);
  return { stop, isAlive: () => (stop(), (timer = setTimeout(act, SILENCE))) };
}

export function connect({ url, since, onTopics, onResync, onWhisper, onState, onSignedOut }) {
  let seq = since;
  let wait = FIRST_WAIT;
  let socket = null;
  let timer = 0;
  const watched = watch(() => socket.close());

  // One at a time: a socket that another has followed is closed and not heard any more.
  function open() {
    clearTimeout(timer);
    socket?.close();
    const mine = (socket = new WebSocket(url));
    const on = (name, act) => mine.addEventListener(name, (event) => mine === socket && act(event));
    on("open", () => {
      mine.send(JSON.stringify({ since: seq }));
      wait = FIRST_WAIT;
      onState("connected");
      watched.isAlive();
    });
    on("message", (event) => (watched.isAlive(), hear(JSON.parse(event.data))));
    on("close", (event) => (event.code === SIGNED_OUT ? onSignedOut() : retry()));
  }

  function hear(hint) {
    if (hint.seq === undefined) return hint.ping || onWhisper(hint); // no number: nothing to catch up with
    seq = hint.seq;
    if (hint.resync) onResync();
    else onTopics(hint.topics);
  }

  // Jitter: after a restart of the server a thousand pages do not come back in the same second.
  function retry() {
    watched.stop();
    onState(navigator.onLine ? "reconnecting" : "offline");
    timer = setTimeout(open, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  addEventListener("online", () => ((wait = FIRST_WAIT), open())); // the old one may be dead without knowing it
  addEventListener("offline", () => onState("offline"));
  open();
  return { say: (command) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(command)) };
}
