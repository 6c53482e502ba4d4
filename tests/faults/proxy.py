"""A proxy on loopback in front of Postgres or Valkey, through which a test cuts, delays and hangs connections."""

import asyncio
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

PIECE = 65536
COMMITS = (b"COMMIT", b"INSERT INTO integrations_webhookevent")  # the door's statement commits itself


class Proxy:
    """Passes bytes on to (host, port) until told to do harm; every method may be called from any thread."""

    def __init__(self, host: str, port: int):
        self.target = (host, port)
        self.seconds = 0.0  # how late every piece is
        self.commits_to_cut = 0
        self.cuts = 0
        self.bytes_left: int | None = None  # until every connection is cut
        self.refuses = False
        self.links: set[asyncio.StreamWriter] = set()
        self.at_work: set[asyncio.Task] = set()
        started = threading.Event()
        self.thread = threading.Thread(target=self._live, args=(started,), name="proxy", daemon=True)
        self.thread.start()
        started.wait(10)

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *error) -> None:
        self._tell(self._stop.set)
        self.thread.join(10)

    def url(self, url: str) -> str:
        """The same address, through this proxy."""
        parts = urlsplit(url)
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return parts._replace(netloc=f"{login}127.0.0.1:{self.port}").geturl()

    def cut(self) -> None:
        """Reset every connection there is; new ones are taken."""
        self._tell(self._cut_all)

    def cut_after(self, count: int) -> None:
        """Let so many more bytes through, whichever way, then reset every connection: inside a frame or a row."""
        self.bytes_left = count

    def refuse(self) -> None:
        """Reset every connection, and each new one, until heal()."""
        self.refuses = True
        self.cut()

    def delay(self, seconds: float) -> None:
        """Every piece arrives so much later, either way."""
        self.seconds = seconds

    def hang(self) -> None:
        """Nothing arrives any more, either way, nothing is closed and new connections are taken, until heal()."""
        self._tell(self._upstream_flows.clear)
        self._tell(self._downstream_flows.clear)

    def half_open(self) -> None:
        """What we say arrives, no answer does: as when the way back is lost."""
        self._tell(self._downstream_flows.clear)

    def cut_before_commit_replies(self, times: int = 1) -> None:
        """The next `times` commits reach the server, and their connections are reset instead of the answer."""
        self.commits_to_cut = times

    def heal(self) -> None:
        """Pass everything on as in the beginning. What was held back arrives now."""
        self.seconds, self.refuses, self.commits_to_cut, self.bytes_left = 0.0, False, 0, None
        self._tell(self._upstream_flows.set)
        self._tell(self._downstream_flows.set)

    def _tell(self, function) -> None:
        self.loop.call_soon_threadsafe(function)

    def _live(self, started: threading.Event) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve(started))

    async def _serve(self, started: threading.Event) -> None:
        self.loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._upstream_flows, self._downstream_flows = asyncio.Event(), asyncio.Event()
        self._upstream_flows.set()
        self._downstream_flows.set()
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        self._cut_all()
        for task in self.at_work:
            task.cancel()
        await asyncio.gather(*self.at_work, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Known at once: a connection whose work has not begun when all ends is closed too."""
        self.links.add(writer)
        task = self.loop.create_task(self._link(reader, writer))
        self.at_work.add(task)
        task.add_done_callback(self.at_work.discard)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = {writer}
        try:
            if self.refuses:
                return _reset(writer)
            try:
                far_reader, far_writer = await asyncio.open_connection(*self.target)
            except OSError:
                return _reset(writer)
            pair.add(far_writer)
            self.links.add(far_writer)
            await _first(
                self._pass_on(reader, far_writer, self._upstream_flows, pair),
                self._pass_on(far_reader, writer, self._downstream_flows),
            )
        finally:
            for each in pair:
                self.links.discard(each)
                each.close()

    async def _pass_on(self, reader, writer, flows: asyncio.Event, pair=()) -> None:
        """Until one side closes. `pair` for the way to the server: both ends, where a commit may be cut."""
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if self.seconds:
                    await asyncio.sleep(self.seconds)
                await flows.wait()
                piece, is_last = self._spend(piece)
                is_cut = pair and self.commits_to_cut > 0 and any(word in piece for word in COMMITS)
                writer.write(piece)
                await writer.drain()
                if is_last:
                    self._cut_all()
                if is_cut:
                    self.commits_to_cut -= 1
                    self.cuts += 1
                    await self._cut_after_commit(reader, pair, writer)

    def _spend(self, piece: bytes) -> tuple[bytes, bool]:
        """What of this piece is still let through, and whether it is the last."""
        if self.bytes_left is None:
            return piece, False
        piece, left = piece[: self.bytes_left], self.bytes_left - len(piece)
        self.bytes_left = left if left > 0 else None
        return piece, left <= 0

    async def _cut_after_commit(self, reader, pair, far_writer) -> None:
        """The client is cut off at once; the server has what it needs to commit, and is left a moment to do so."""
        for writer in pair - {far_writer}:
            _reset(writer)
        await asyncio.sleep(0.2)
        _reset(far_writer)

    def _cut_all(self) -> None:
        for writer in list(self.links):
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of a good-bye."""
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def _first(*works) -> None:
    """Run until one of them is done; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
