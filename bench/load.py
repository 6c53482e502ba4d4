"""A cheap load generator: HTTP/1.1 on keep-alive connections, in a process of its own.

Closed loop: each connection sends its next request when it has its answer. Open loop: requests are due at fixed
instants, and each one's latency counts from that instant, also when it had to wait for a free connection.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field

import uvloop

from bench.streams import STREAMS, Request
from bench.webhooks import Sender

PATIENCE_SECONDS = 30  # for the answers that are out when the time is over


@dataclass(kw_only=True)
class Load:
    """What to send, where to, and how fast."""

    port: int
    sender: dict  # arguments of webhooks.Sender
    seconds: float
    connections: int = 32
    rate: float = 0  # requests a second; 0: closed loop
    prepared: int = 20_000  # requests made before the clock starts
    first: int = 0  # number of the first message, so that no two rounds send the same
    stream: str = "plain"  # of bench.streams
    most: int = 0  # requests in all; 0: as many as there is time for
    returns: bool = False  # whoever loses a connection opens another and goes on
    tells: bool = False  # the numbers of all messages promised


@dataclass
class Outcome:
    """What the senders saw. Latencies in milliseconds."""

    started_at: float  # Unix time
    seconds: float
    answers: dict[str, int]
    p50: float
    p99: float
    worst: float
    cpu_seconds: float
    messages: int = 0  # different ones whose request was answered with 200
    slow: float = 0.0  # part that took longer than a second
    promised: list[tuple[int, int]] = field(default_factory=list)  # first and count of each, when asked for

    @property
    def accepted(self) -> int:
        return self.answers.get("200", 0)


def send(load: Load) -> Outcome:
    """Run the load in a process of its own."""
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(
        command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the load generator failed:\n{done.stderr}")
    return Outcome(**json.loads(done.stdout))


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request out."""

    def __init__(self, on_answer):
        self.on_answer = on_answer
        self.buffer = b""
        self.since: float | None = None  # when the request that is out was due
        self.is_left = False  # nobody waits for it any more

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, error):
        if not self.is_left:
            self.on_answer(self, "lost")

    def leave(self):
        self.is_left = True
        self.transport.close()

    def send(self, request: Request, since: float) -> None:
        self.request, self.since = request, since
        self.transport.write(request.content)

    def data_received(self, data: bytes):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self.buffer = b""
            self.on_answer(self, head[9:12].decode())


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])  # chunked answers are not understood


class Run:
    """One load being sent."""

    def __init__(self, load: Load):
        self.load = load
        self.requests = STREAMS[load.stream](Sender(**load.sender), load.first)
        self.ready = deque(next(self.requests) for _ in range(load.prepared))
        self.left = load.most or sys.maxsize
        self.promised: dict[int, int] = {}
        self.answers: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.out = 0
        self.idle: deque[Connection] = deque()
        self.due: deque[float] = deque()
        self.tasks: set[asyncio.Future] = set()

    async def go(self) -> Outcome:
        loop = asyncio.get_running_loop()
        for _ in range(self.load.connections):
            self.idle.append(await self._connect(loop))
        spent, started_at, self.started = time.process_time(), time.time(), time.perf_counter()
        self.deadline = self.started + self.load.seconds
        await (self._open() if self.load.rate else self._closed())
        patience = time.perf_counter() + PATIENCE_SECONDS
        while (self.out or self.due) and time.perf_counter() < patience:
            await asyncio.sleep(0.002)
        self.answers["none"] += self.out + len(self.due)
        return self._outcome(started_at, time.perf_counter() - self.started, time.process_time() - spent)

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> Connection:
        _, connection = await loop.create_connection(
            lambda: Connection(self._answered), "127.0.0.1", self.load.port
        )
        return connection

    async def _return(self) -> None:
        """Another connection, once there is somebody to connect to."""
        while time.perf_counter() < self.deadline:
            try:
                connection = await self._connect(asyncio.get_running_loop())
            except OSError:
                await asyncio.sleep(0.05)
                continue
            self._go_on(connection)
            return

    async def _closed(self) -> None:
        while self.idle:
            self._send(self.idle.popleft(), time.perf_counter())
        while time.perf_counter() < self.deadline and (self.left or self.out):
            await asyncio.sleep(0.01)

    async def _open(self) -> None:
        total = int(self.load.rate * self.load.seconds)
        sent = 0
        while sent < total:
            now = time.perf_counter()
            while sent < total and (at := self.started + sent / self.load.rate) <= now:
                self.due.append(at)
                sent += 1
            self._send_due()
            await asyncio.sleep(max(0.0, self.started + sent / self.load.rate - time.perf_counter()))

    def _send_due(self) -> None:
        while self.due and self.idle:
            self._send(self.idle.popleft(), self.due.popleft())

    def _send(self, connection: Connection, since: float) -> None:
        if self.left:
            self.out += 1
            self.left -= 1
            connection.send(self.ready.popleft() if self.ready else next(self.requests), since)

    def _answered(self, connection: Connection, status: str) -> None:
        now = time.perf_counter()
        if connection.since is not None:
            self.out -= 1
            self.answers[status] += 1
            self.latencies.append(now - connection.since)
            connection.since = None
            if status == "200":
                self.promised[connection.request.first] = connection.request.count
        if status not in ("lost", "403"):
            self._go_on(connection)
            return
        connection.leave()  # who is refused is shown out
        if self.load.returns or status == "403":
            self.tasks.add(task := asyncio.ensure_future(self._return()))
            task.add_done_callback(self.tasks.discard)

    def _go_on(self, connection: Connection) -> None:
        if self.load.rate:
            self.idle.append(connection)
            self._send_due()
        elif (now := time.perf_counter()) < self.deadline:
            self._send(connection, now)

    def _outcome(self, started_at: float, seconds: float, cpu_seconds: float) -> Outcome:
        latencies = sorted(self.latencies)
        p50, p99, worst = (1000 * percentile(latencies, part) for part in (0.5, 0.99, 1))
        slow = sum(each > 1 for each in latencies) / max(1, len(latencies))
        return Outcome(
            started_at, seconds, dict(+self.answers), p50, p99, worst, cpu_seconds, sum(self.promised.values()), slow,
            list(self.promised.items()) if self.load.tells else [],
        )  # fmt: skip


def percentile(ordered: list[float], part: float) -> float:
    """The value below which this part of the ordered values lies; 0 when there are none."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


if __name__ == "__main__":
    run = Run(Load(**json.load(sys.stdin)))
    print(json.dumps(asdict(uvloop.run(run.go()))))
