"""Many agents' sockets in one cheap process: a bare websocket client that notes when each topic came.

It reads a Scene, opens the sockets and prints `open`. At a line `drop` it drops them all, opens them again within
`returning` seconds and prints `open` once more. At a line of JSON with the instant each topic was published it waits
until every socket has had all of them, and prints what was seen.
"""

import asyncio
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass, field

import orjson
import uvloop

from bench.load import percentile

PATIENCE_SECONDS = 20
HANDSHAKE = (
    "GET /ws/ HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: YmVuY2gtYmVuY2gtYmVuYw==\r\nSec-WebSocket-Version: 13\r\nCookie: {cookie}\r\n\r\n"
)


@dataclass
class Scene:
    """Where to, and as whom; sockets take the cookies in turn."""

    address: str
    cookies: list[str]
    sockets: int
    since: int = 0
    returning: float = 2.0


@dataclass
class Seen:
    """Milliseconds from publishing to each socket. `lost`: pairs of topic and socket; `caught_up`: seconds after."""

    p50: float
    p99: float
    lost: int
    deliveries: int
    seconds: float  # from the first publishing to the last delivery
    caught_up: float = 0.0
    refused: int = 0


@dataclass(eq=False)
class Socket(asyncio.Protocol):
    """One tab: what it knows, and when it learnt it."""

    crowd: "Crowd"
    number: int
    at: int = 0
    got: dict[str, float] = field(default_factory=dict)
    buffer: bytes = b""
    is_open: bool = False
    caught_up: float = 0.0

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = b""
        scene = self.crowd.scene
        cookie = scene.cookies[self.number % len(scene.cookies)]
        transport.write(HANDSHAKE.format(address=scene.address, cookie=cookie).encode())

    def connection_lost(self, error):
        self.is_open = False

    def data_received(self, data: bytes):
        self.buffer += data
        if not self.is_open:
            head, found, self.buffer = self.buffer.partition(b"\r\n\r\n")
            if not found:
                self.buffer = head
                return
            self.crowd.refused += not head.startswith(b"HTTP/1.1 101")
            self.is_open = True
            self.transport.write(_masked(orjson.dumps({"since": self.at})))
            self.crowd.opened()
        now = time.time()
        while (frame := self._frame()) is not None:
            self._hear(frame, now)

    def _frame(self) -> bytes | None:
        """The payload of the next whole frame; the server's are short and not masked."""
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 127, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4]), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + length:
            return None
        self.buffer = buffer[start + length :]
        return buffer[start : start + length] if buffer[0] & 15 == 1 else b""

    def _hear(self, frame: bytes, now: float) -> None:
        told = orjson.loads(frame) if frame else {}
        if told.get("seq", -1) >= self.at:
            self.at = told["seq"]
            self.caught_up = now
        for topic in told.get("topics", ()):
            self.got.setdefault(topic, now)


def _masked(payload: bytes) -> bytes:
    return bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload  # a mask of zeros changes nothing


class Crowd:
    """All sockets."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self.sockets = [Socket(self, number, scene.since) for number in range(scene.sockets)]
        self.refused = self.opened_count = 0
        self.all_open = asyncio.Event()

    def opened(self) -> None:
        self.opened_count += 1
        if self.opened_count == len(self.sockets):
            self.all_open.set()

    async def open(self, within: float) -> None:
        """All of them, spread over so many seconds; returns when the last is open."""
        self.opened_count = 0
        self.all_open.clear()
        started, host, port = time.monotonic(), *self.scene.address.split(":")
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            for place, socket in enumerate(self.sockets):
                wait = started + within * place / len(self.sockets) - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                group.create_task(loop.create_connection(lambda socket=socket: socket, host, int(port)))
        async with asyncio.timeout(120):
            await self.all_open.wait()

    async def run(self) -> Seen:
        await self.open(len(self.sockets) / 200)
        print("open", flush=True)
        line, dropped = await asyncio.to_thread(sys.stdin.readline), 0.0
        if line.strip() == "drop":
            dropped = time.time()
            for socket in self.sockets:
                socket.transport.abort()
            await self.open(self.scene.returning)
            print("open", flush=True)
            line = await asyncio.to_thread(sys.stdin.readline)
        published = json.loads(line)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and any(len(each.got) < len(published) for each in self.sockets):
            await asyncio.sleep(0.05)
        return self._seen(published, dropped)

    def _seen(self, published: dict[str, float], dropped: float) -> Seen:
        times = sorted(
            1000 * (at - published[topic])
            for each in self.sockets
            for topic, at in each.got.items()
            if topic in published
        )
        last = max((at for each in self.sockets for at in each.got.values()), default=0.0)
        lost = len(published) * len(self.sockets) - len(times)
        caught_up = max(each.caught_up for each in self.sockets) - dropped if dropped else 0.0
        p50, p99 = (percentile(times, part) for part in (0.5, 0.99))
        first = min(published.values())
        return Seen(p50, p99, lost, len(times), last - first, caught_up, self.refused)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    asked = Scene(**json.loads(sys.stdin.readline()))
    print(json.dumps(asdict(uvloop.run(Crowd(asked).run()))), flush=True)
    os._exit(0)  # a thousand sockets need no farewell
