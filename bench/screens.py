"""Two hundred open screens, and patients who write: how long from a signed POST to what agents see.

A process of its own. Every screen listens on its socket; the first also fetches the rows a hint names, as the browser
does: one request at a time, with all that was hinted meanwhile.
"""

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field

import httpx2
import orjson
import uvloop
import websockets

from bench import webhooks
from bench.load import percentile

WAIT_SECONDS = 15  # after the last message


@dataclass
class Scene:
    """What is needed to open screens and to write to the clinic."""

    address: str  # of `live`, without http://
    cookies: list[str]
    sender: dict
    conversations: dict[str, str]  # conversation id of each contact that will write, by number of the contact
    rate: float
    seconds: float
    first: int
    opened: int = 0


@dataclass
class Seen:
    """Milliseconds from the scheduled instant of each message."""

    sent: int
    refused: int
    unhinted: int  # pairs of message and screen without a hint
    unseen: int  # messages that never were in a fetched row
    hint: list[float] = field(default_factory=list)  # p50, p95, p99 over all pairs
    all_hinted: list[float] = field(default_factory=list)  # p50, p95, p99 until the last screen had it
    screen: list[float] = field(default_factory=list)  # p50, p95, p99 until the row was fetched
    fetches: int = 0


class Theatre:
    """All screens of one scene."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self.sender = webhooks.Sender(**scene.sender)
        self.due: dict[str, float] = {}  # by conversation
        self.text: dict[str, str] = {}
        self.hinted: dict[str, list[float]] = {}
        self.shown: dict[str, float] = {}
        self.wanted: set[str] = set()
        self.bell = asyncio.Event()
        self.refused = self.fetches = 0

    async def play(self) -> Seen:
        async with asyncio.TaskGroup() as group:
            opened = [asyncio.Event() for _ in self.scene.cookies]
            screens = [
                group.create_task(self._screen(cookie, is_open, fetches=number == 0))
                for number, (cookie, is_open) in enumerate(zip(self.scene.cookies, opened, strict=True))
            ]
            reader = group.create_task(self._fetch(self.scene.cookies[0]))
            await asyncio.gather(*(each.wait() for each in opened))
            await asyncio.sleep(1)
            await self._write()
            await self._until_all_is_seen()
            for task in (*screens, reader):
                task.cancel()
        return self._seen()

    async def _screen(self, cookie: str, is_open: asyncio.Event, *, fetches: bool) -> None:
        origin = f"http://{self.scene.address}"
        async with websockets.connect(
            f"ws://{self.scene.address}/ws/",
            additional_headers={"Cookie": cookie},
            origin=origin,
            compression=None,
        ) as socket:
            await socket.send(json.dumps({"since": self.scene.opened}))
            is_open.set()
            async for text in socket:
                now = time.perf_counter()
                for topic in orjson.loads(text).get("topics", ()):
                    conversation = topic.removeprefix("conversation-")
                    if conversation in self.due:
                        self.hinted[conversation].append(now)
                        if fetches:
                            self.wanted.add(conversation)
                            self.bell.set()

    async def _fetch(self, cookie: str) -> None:
        headers = {"Cookie": cookie, "HX-Request": "true", "X-By-Itself": "1"}
        async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:
            while True:
                await self.bell.wait()
                self.bell.clear()
                ids, self.wanted = self.wanted, set()
                address = f"http://{self.scene.address}/conversations/rows/"
                answer = await client.get(address, params={"view": "all", "ids": ",".join(ids)})
                now, body = time.perf_counter(), answer.text
                self.fetches += 1
                for conversation in ids:
                    if answer.status_code == 200 and self.text[conversation] in body:
                        self.shown.setdefault(conversation, now)

    async def _write(self) -> None:
        host, port = self.scene.address.split(":")
        # In turn, because a server closes what was idle for long.
        idle = deque([await asyncio.open_connection(host, port) for _ in range(8)])
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(int(self.scene.rate * self.scene.seconds)):
                at = started + number / self.scene.rate
                await asyncio.sleep(max(0, at - time.perf_counter()))
                while not idle:
                    await asyncio.sleep(0.001)
                group.create_task(self._post(self.scene.first + number, at, idle.popleft(), idle))

    async def _post(self, number: int, at: float, pair: tuple, idle: deque) -> None:
        conversation = self.scene.conversations[str(self.sender.contact(number))]
        self.due[conversation], self.hinted[conversation] = at, []
        self.text[conversation] = f"Message {number}."
        reader, writer = pair
        writer.write(self.sender.request(number, int(time.time())))
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
        self.refused += head[9:12] != b"200"
        idle.append(pair)

    async def _until_all_is_seen(self) -> None:
        deadline = time.perf_counter() + WAIT_SECONDS
        screens = len(self.scene.cookies)
        while time.perf_counter() < deadline and (
            len(self.shown) < len(self.due) or any(len(times) < screens for times in self.hinted.values())
        ):
            await asyncio.sleep(0.05)

    def _seen(self) -> Seen:
        screens = len(self.scene.cookies)
        pairs = [now - self.due[each] for each, times in self.hinted.items() for now in times]
        last = [max(times) - self.due[each] for each, times in self.hinted.items() if len(times) >= screens]
        shown = [now - self.due[each] for each, now in self.shown.items()]
        missing = sum(max(0, screens - len(times)) for times in self.hinted.values())
        parts = (_parts(values) for values in (pairs, last, shown))
        return Seen(len(self.due), self.refused, missing, len(self.due) - len(shown), *parts, self.fetches)


def _parts(values: list[float]) -> list[float]:
    values.sort()
    return [1000 * percentile(values, part) for part in (0.5, 0.95, 0.99)]


if __name__ == "__main__":
    theatre = Theatre(Scene(**json.load(sys.stdin)))
    print(json.dumps(asdict(uvloop.run(theatre.play()))))
