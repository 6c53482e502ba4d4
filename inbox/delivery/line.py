"""The open line to a provider: jobs go in, results come out, hundreds are under way. No database in here.

An event loop in a thread of its own, so that claiming and recording (Django, synchronous) never hold up sending.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from contextvars import ContextVar
from functools import partial

from django.core.files.storage import default_storage

from clinic_inbox.failpoints import failpoint
from integrations import http
from integrations.events import ErrorClass, File, Invalid, ProviderError
from integrations.whatsapp.api import Credentials, upload_media
from integrations.whatsapp.send import send

from .job import Job, LeaseLost, Result, elapsed
from .rates import Pace

try:
    import uvloop
except ImportError:  # Windows has none
    uvloop = None

logger = logging.getLogger(__name__)

# A pool looks at all its connections for each request: many small pools are several times cheaper than a large one.
POOLS, PER_POOL = 150, 2
CONNECTIONS = POOLS * PER_POOL
UPLOADS = 4  # at once
TOO_FAST = "130429"
# Exactly one of these follows when a request's headers were begun.
WRITTEN = {f"http11.send_request_{what}" for what in ("headers.failed", "body.failed", "body.complete")}

_lease_ends: ContextVar[float] = ContextVar("lease_ends")


class Line:
    """One channel's line. `give` and `collect` are called by the runner's thread, the rest runs in the loop."""

    def __init__(self, credentials: Credentials, pace: Pace):
        self.credentials = credentials
        self.pace = pace
        self.results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self.waiting: set[Job] = set()  # not written yet: for their turn, or their file is on its way
        self.loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task] = set()
        # Threads of their own: looking up an address takes one of the loop's, and must not wait for a slow file.
        self._uploaders = ThreadPoolExecutor(UPLOADS, "upload")

    def give(self, jobs: list[Job]) -> None:
        """Send these, each as soon as its turn comes."""
        self.waiting.update(jobs)
        self.loop.call_soon_threadsafe(self._begin, jobs)

    def collect(self, most: int, seconds: float) -> list[Result]:
        """What has an answer: waits up to `seconds` for the first, then as long for its neighbours."""
        try:
            found = [self.results.get(timeout=seconds)]
        except queue.Empty:
            return []
        time.sleep(seconds)  # not woken by each of them
        while len(found) < most and not self.results.empty():
            found.append(self.results.get_nowait())
        return found

    def _begin(self, jobs: list[Job]) -> None:
        for job in jobs:
            task = self.loop.create_task(self._carry(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, job: Job) -> None:
        media_id = ""
        try:
            media_id = await self._upload(job) if job.upload else ""
            file = File(external_id=media_id, filename=job.upload.filename) if job.upload else job.file
            receipt = await self._send(job, file)
            result = Result(job, receipt, media_id=media_id)
        except Exception as error:
            result = Result(job, error=_as_provider_error(error), media_id=media_id)
        self.waiting.discard(job)
        self.results.put(result)

    async def _upload(self, job: Job) -> str:
        return await self.loop.run_in_executor(self._uploaders, _upload, self.credentials, job)

    async def _send(self, job: Job, file: File | None):
        async with self._room:
            await self.pace.turn()
            self.waiting.discard(job)
            _lease_ends.set(job.lease_ends)
            failpoint("send")
            client = await self._take_client()
            try:
                receipt = await send(client, self.credentials, job.compose(file))
            except ProviderError as error:
                if error.code == TOO_FAST:
                    self.pace.slow_down()
                raise
            finally:
                self._free.append(client)
            failpoint("answer")
            return receipt

    async def _take_client(self) -> http.Client:
        """A client with a connection to spare; the last one used, so that few connections do most of the work."""
        if not self._free:
            watch = partial(_watch_write, self.pace, self._pen)
            allow = self.credentials.allow_private
            client = http.open_client(allow_private=allow, connections=PER_POOL, watch=watch)
            self._free = [await self._clients.enter_async_context(client)] * PER_POOL
        return self._free.pop()

    async def main(self, started: threading.Event) -> None:
        """The loop's life: until hang_up()."""
        self.loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._room, self._free, self._pen = asyncio.Semaphore(CONNECTIONS), [], asyncio.Lock()
        async with AsyncExitStack() as self._clients:
            started.set()
            await self._stop.wait()
            for task in self._tasks:
                task.cancel()
            self._uploaders.shutdown(wait=False, cancel_futures=True)

    def hang_up(self) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)


@contextmanager
def open_line(credentials: Credentials, pace: Pace) -> Iterator[Line]:
    """A line while the block runs. What is still under way at its end stays claimed, so it becomes uncertain."""
    line, started = Line(credentials, pace), threading.Event()
    thread = threading.Thread(target=_live, args=(line, started), name="line", daemon=True)
    thread.start()
    started.wait()
    try:
        yield line
    finally:
        line.hang_up()
        thread.join()


def _live(line: Line, started: threading.Event) -> None:
    with asyncio.Runner(loop_factory=uvloop and uvloop.new_event_loop) as runner:
        runner.run(line.main(started))


async def _watch_write(pace: Pace, pen: asyncio.Lock, event: str, info: dict) -> None:
    """Have pace and lease looked at again as the last thing before the request's first byte is written.

    A worker may be slow or freeze anywhere, also while it connects; when it wakes, somebody may have decided otherwise.
    One request at a time has the pen, from that look until its bytes are gone: it waits for no other's, and a worker
    that freezes has at most one looked at and not yet gone.
    """
    if event == "http11.send_request_headers.started":
        await pen.acquire()
        try:
            failpoint("write")
            await pace.room()
            if elapsed() >= _lease_ends.get():
                raise LeaseLost
        except BaseException:
            pen.release()
            raise
        pace.begin()
    elif event in WRITTEN:
        # The loop hands bytes to the system at the end of its round: only in the next one are they surely gone.
        asyncio.get_running_loop().call_soon(_let_go, pace, pen)


def _let_go(pace: Pace, pen: asyncio.Lock) -> None:
    pace.done()
    pen.release()


def _upload(credentials: Credentials, job: Job) -> str:
    """Put the message's file at the provider. A failure is never in doubt: a file that is there twice hurts nobody."""
    with default_storage.open(job.upload.name, "rb") as file:
        return upload_media(credentials, file, job.upload.content_type, job.upload.filename)


def _as_provider_error(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, LeaseLost):
        return ProviderError(ErrorClass.RETRY, "lease_lost")
    if isinstance(error, Invalid):
        return ProviderError(ErrorClass.NEVER, "invalid", str(error))
    if isinstance(error, FileNotFoundError):
        return ProviderError(ErrorClass.NEVER, "file_missing")
    # A fault of ours; whether it came before or after the provider took the message, nobody can say.
    logger.error("send_broke", extra={"error": type(error).__name__})
    return ProviderError(ErrorClass.UNCERTAIN, "internal", type(error).__name__)
