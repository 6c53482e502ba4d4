"""Browser tabs without a browser: each keeps its socket open as realtime.js does, and writes down what it is told."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

SILENCE = 6  # seconds; realtime.js waits for two pings of the server, which would be too long for a test
WAITS = (0.05, 0.3)  # seconds before the next try


class Tab:
    """One tab. `told` is every hint in order: (number, topics); `resyncs` are told to fetch all anew: (from, up to)."""

    def __init__(self, address: str, cookie: str, chance, *, through: str = ""):
        self.url = (through or address).replace("http", "ws", 1) + "/ws/"
        self.origin, self.cookie, self.chance = address, cookie, chance
        self.reads = (
            asyncio.Event()
        )  # cleared: nothing is taken from the line any more, as in a laptop asleep
        self.reads.set()
        self.at = 0
        self.told: list[tuple[int, list[str]]] = []
        self.opened = 0
        self.resyncs: list[tuple[int, int]] = []
        self.codes: list[int | None] = []

    async def live(self) -> None:
        """Stay connected until cancelled, or until the server says that we are signed out."""
        while 4401 not in self.codes:
            try:
                await self._listen()
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(self.chance.uniform(*WAITS))

    async def _listen(self) -> None:
        async with connect(
            self.url, additional_headers={"Cookie": self.cookie}, origin=self.origin, sock=self._narrow_line(),
            open_timeout=SILENCE, close_timeout=0.2, ping_interval=None, max_queue=1, max_size=None, compression=None,
        ) as line:  # fmt: skip
            self.opened += 1
            try:
                await line.send(json.dumps({"since": self.at}))
                while True:
                    await self.reads.wait()
                    async with asyncio.timeout(SILENCE):
                        self._hear(json.loads(await line.recv()))
            finally:
                self.codes.append(line.close_code)

    def _narrow_line(self) -> socket.socket:
        """Of which the kernel takes in little that nobody reads, so that the server notices."""
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(SILENCE)
        try:
            line.connect((urlsplit(self.url).hostname, urlsplit(self.url).port))
        except OSError:
            line.close()
            raise
        return line

    def _hear(self, hint: dict) -> None:
        if "seq" not in hint:
            return
        before, self.at = self.at, hint["seq"]
        if hint.get("resync"):
            self.resyncs.append((before, self.at))
        else:
            self.told.append((hint["seq"], hint["topics"]))

    def wrong(self, changes: dict[int, list[str]]) -> Counter:
        """How this log differs from the database's changes, all of which have topics of their own."""
        heard = Counter(topic for _, topics in self.told for topic in topics)
        committed = {topic for topics in changes.values() for topic in topics}
        fetched = {
            topic
            for number, topics in changes.items()
            for topic in topics
            if any(before < number <= after for before, after in self.resyncs)
        }
        numbers = [number for number, _ in self.told]
        return Counter(
            missed=len(committed - heard.keys() - fetched),
            doubled=sum(count > 1 for count in heard.values()),
            invented=len(heard.keys() - committed),
            backward=sum(later <= earlier for earlier, later in pairwise(numbers)),
            resyncs=len(self.resyncs),
        )


async def until_all_know(tabs: Iterable[Tab], number: int, seconds: float) -> None:
    """Until each tab has been told of this change, or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            while any(tab.at < number for tab in tabs):
                await asyncio.sleep(0.05)
    except TimeoutError:
        return
