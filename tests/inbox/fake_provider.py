"""A provider on loopback that does what a test tells it to, and remembers what it accepted."""

import json
import socket
import threading
from collections import Counter, defaultdict, deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeProvider(ThreadingHTTPServer):
    """`behave(to, …)` scripts the next answers to one recipient: accept, reset_before, reset_after, hang, hang_after,
    bare_500, or (HTTP status, error code). Without a script it accepts."""

    daemon_threads = True
    request_queue_size = 400

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.scripts = defaultdict(deque)
        self.accepted: list[dict] = []
        self.asked: list[dict] = []
        self.uploads: list[bytes] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.templates: list[dict] = []
        self.contact: dict = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def behave(self, to: str, *steps) -> None:
        self.scripts[to.removeprefix("+")].extend(steps)

    def texts(self) -> list[str]:
        return [body["text"]["body"] for body in self.accepted]

    def accepted_per_attempt(self) -> Counter:
        return Counter(body["biz_opaque_callback_data"] for body in self.accepted)

    def handle_error(self, request, client_address) -> None:
        """Connections that end in the middle are what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(200, {"data": self.server.templates})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/media"):
            return self._take_file(raw)
        body = json.loads(raw)
        with self.server.lock:
            self.server.asked.append(body)
            script = self.server.scripts[(body.get("to") or body.get("recipient", "")).removeprefix("+")]
            step = script.popleft() if script else "accept"
        getattr(self, f"_{step}")(body) if isinstance(step, str) else self._refuse(*step)
        return None

    def _take_file(self, raw: bytes) -> None:
        with self.server.lock:
            self.server.uploads.append(raw)
            script = self.server.scripts["media"]
            step = script.popleft() if script else "accept"
        if step == "accept":
            return self._answer(200, {"id": f"media-{len(self.server.uploads)}"})
        return self._refuse(*step) if isinstance(step, tuple) else self._reset_before({})

    def _accept(self, body: dict) -> None:
        self._answer(200, self._remember(body))

    def _remember(self, body: dict) -> dict:
        with self.server.lock:
            self.server.accepted.append(body)
            number = len(self.server.accepted)
        contact = {"input": body.get("to", ""), **self.server.contact}
        return {"contacts": [contact], "messages": [{"id": f"wamid.fake{number}"}]}

    def _refuse(self, status: int, code: int, retry_after: str = "") -> None:
        error = {"message": f"(#{code}) refused", "code": code, "error_data": {"details": f"about {code}"}}
        self._answer(status, {"error": error}, retry_after)

    def _bare_500(self, body: dict) -> None:
        self._answer(500, None)

    def _reset_before(self, body: dict) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _reset_after(self, body: dict) -> None:
        self._remember(body)
        self._reset_before(body)

    def _hang(self, body: dict) -> None:
        self.server.released.wait(30)
        self._reset_before(body)

    def _hang_after(self, body: dict) -> None:
        answer = self._remember(body)
        self.server.released.wait(30)
        self._answer(200, answer)

    def _answer(self, status: int, value, retry_after: str = "") -> None:
        payload = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


@contextmanager
def running():
    """A provider that listens while the block runs."""
    provider = FakeProvider()
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.released.set()
        provider.shutdown()
        provider.server_close()
        thread.join()
