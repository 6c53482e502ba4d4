// The socket: hints about what changed, gapless over reconnects. It knows topics, nothing of screens.
const FIRST_WAIT = 400;
const LONGEST_WAIT = 20_000;
const SILENCE = 60_000; // the server pings every 25 s; two missed pings mean a dead line
const SIGNED_OUT = 4401;

export function connect({ url, since, onTopics, onResync, onWhisper, onState, onSignedOut }) {
  let seq = since;
  let wait = FIRST_WAIT;
  let socket = null;
  let timer = 0;
  let watchdog = 0;

  function open() {
    clearTimeout(timer);
    socket = new WebSocket(url);
    socket.onopen = () => {
      socket.send(JSON.stringify({ since: seq }));
      wait = FIRST_WAIT;
      onState("connected");
      listen();
    };
    socket.onmessage = (event) => (listen(), hear(JSON.parse(event.data)));
    socket.onclose = (event) => (event.code === SIGNED_OUT ? onSignedOut() : retry());
  }

  function hear(hint) {
    if (hint.seq === undefined) return hint.ping || onWhisper(hint); // no number: nothing to catch up with
    seq = hint.seq;
    if (hint.resync) onResync();
    else onTopics(hint.topics);
  }

  function listen() {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.close(), SILENCE);
  }

  // Jitter: after a restart of the server a thousand pages do not come back in the same second.
  function retry() {
    clearTimeout(watchdog);
    onState(navigator.onLine ? "reconnecting" : "offline");
    timer = setTimeout(open, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  addEventListener("online", () => socket.readyState !== WebSocket.OPEN && ((wait = FIRST_WAIT), open()));
  addEventListener("offline", () => onState("offline"));
  open();
  return { say: (command) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(command)) };
}
