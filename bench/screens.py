"""Two hundred open screens, and patients who write: how long from a signed POST to what agents see.

A process of its own. Every screen listens on its socket; the first of a clinic that is watched also fetches the rows a
hint names, as the browser does: one request at a time, with all that was hinted meanwhile.
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
OPEN_SECONDS = 120  # for all screens, which open at once


@dataclass
class House:
    """One clinic: its screens, and what is needed to write to it."""

    cookies: list[str]
    sender: dict
    conversations: dict[str, str]  # conversation id of each contact that will write, by number of the contact
    opened: int = 0
    is_watched: bool = True  # a screen fetches rows


@dataclass
class Scene:
    """Patients write to the clinics in turn."""

    address: str  # of `live`, without http://
    houses: list[House]
    rate: float
    seconds: float
    first: int


@dataclass
class Seen:
    """Milliseconds from the scheduled instant of each message."""

    sent: int
    refused: int
    unhinted: int  # pairs of message and screen without a hint
    unseen: int  # messages to watched clinics that never were in a fetched row
    hint: list[float] = field(default_factory=list)  # p50, p95, p99 over all pairs
    all_hinted: list[float] = field(default_factory=list)  # p50, p95, p99 until the last screen had it
    screen: list[float] = field(default_factory=list)  # p50, p95, p99 until the row was fetched
    fetches: int = 0


class Wanted:
    """The rows one screen has still to fetch."""

    def __init__(self):
        self.conversations: set[str] = set()
        self.bell = asyncio.Event()

    def add(self, conversation: str) -> None:
        self.conversations.add(conversation)
        self.bell.set()

    async def take(self) -> set[str]:
        """All of them, as soon as there are any."""
        await self.bell.wait()
        self.bell.clear()
        taken, self.conversations = self.conversations, set()
        return taken


class Theatre:
    """All screens of one scene."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self.senders = [webhooks.Sender(**house.sender) for house in scene.houses]
        self.house: dict[str, House] = {}  # by conversation, as all of these
        self.due: dict[str, float] = {}
        self.text: dict[str, str] = {}
        self.hinted: dict[str, list[float]] = {}
        self.shown: dict[str, float] = {}
        self.refused = self.fetches = 0

    async def play(self) -> Seen:
        async with asyncio.TaskGroup() as group:
            opened, tasks = [], []
            for house in self.scene.houses:
                wanted = Wanted() if house.is_watched else None
                if wanted:
                    tasks.append(group.create_task(self._fetch(house.cookies[0], wanted)))
                for number, cookie in enumerate(house.cookies):
                    opened.append(asyncio.Event())
                    screen = self._screen(cookie, house.opened, opened[-1], wanted if number == 0 else None)
                    tasks.append(group.create_task(screen))
            await asyncio.gather(*(each.wait() for each in opened))
            await asyncio.sleep(1)
            await self._write()
            await self._until_all_is_seen()
            for task in tasks:
                task.cancel()
        return self._seen()

    async def _screen(self, cookie: str, since: int, is_open: asyncio.Event, wanted: Wanted | None) -> None:
        origin = f"http://{self.scene.address}"
        async with websockets.connect(
            f"ws://{self.scene.address}/ws/",
            additional_headers={"Cookie": cookie},
            origin=origin,
            compression=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=None,
        ) as socket:
            await socket.send(json.dumps({"since": since}))
            is_open.set()
            async for text in socket:
                now = time.perf_counter()
                for topic in orjson.loads(text).get("topics", ()):
                    conversation = topic.removeprefix("conversation-")
                    if conversation in self.due:
                        self.hinted[conversation].append(now)
                        if wanted:
                            wanted.add(conversation)

    async def _fetch(self, cookie: str, wanted: Wanted) -> None:
        headers = {"Cookie": cookie, "HX-Request": "true", "X-By-Itself": "1"}
        async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:
            while True:
                ids = await wanted.take()
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
        place, number = number % len(self.senders), number // len(self.senders)
        house, sender = self.scene.houses[place], self.senders[place]
        conversation = house.conversations[str(sender.contact(number))]
        self.house[conversation] = house
        self.due[conversation], self.hinted[conversation] = at, []
        self.text[conversation] = f"Message {number}."
        reader, writer = pair
        writer.write(sender.request(number, int(time.time())))
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
        self.refused += head[9:12] != b"200"
        idle.append(pair)

    async def _until_all_is_seen(self) -> None:
        deadline = time.perf_counter() + WAIT_SECONDS
        watched = sum(house.is_watched for house in self.house.values())
        while time.perf_counter() < deadline and (len(self.shown) < watched or self._unhinted()):
            await asyncio.sleep(0.05)

    def _unhinted(self) -> int:
        """Pairs of message and screen without a hint."""
        screens = {each: len(house.cookies) for each, house in self.house.items()}
        return sum(max(0, screens[each] - len(times)) for each, times in self.hinted.items())

    def _seen(self) -> Seen:
        pairs = [now - self.due[each] for each, times in self.hinted.items() for now in times]
        last = [
            max(times) - self.due[each]
            for each, times in self.hinted.items()
            if len(times) >= len(self.house[each].cookies)
        ]
        shown = [now - self.due[each] for each, now in self.shown.items()]
        watched = sum(house.is_watched for house in self.house.values())
        parts = (_parts(values) for values in (pairs, last, shown))
        return Seen(
            len(self.due), self.refused, self._unhinted(), watched - len(shown), *parts, self.fetches
        )  # fmt: skip


def _parts(values: list[float]) -> list[float]:
    values.sort()
    return [1000 * percentile(values, part) for part in (0.5, 0.95, 0.99)]


if __name__ == "__main__":
    told = json.load(sys.stdin)
    theatre = Theatre(Scene(**told | {"houses": [House(**each) for each in told["houses"]]}))
    print(json.dumps(asdict(uvloop.run(theatre.play()))))
