"""The door: Meta's webhooks, taken in before Django. Nothing is acknowledged that is not durable.

A raw ASGI application. A body is verified over its own bytes, sealed, appended with all others that wait (one
commit for as many as came while the last one ran), and only then answered with 200.
"""

import asyncio
import logging
import re
from urllib.parse import parse_qsl
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg_pool import AsyncConnectionPool

from clinic_inbox import vault
from clinic_inbox.failpoints import failpoint
from integrations.models import webhook_context
from integrations.whatsapp import signature

from . import bells, hooks

logger = logging.getLogger(__name__)

MAX_BODY = 3 * 1024 * 1024  # Meta's own limit
BATCH = 500
MOST_WAITING = 64 * 1024 * 1024  # bytes of bodies that wait for their commit; beyond, Meta shall try again
READ_TIMEOUT = 30  # seconds for a whole body
READERS = 3  # connections for looking hooks up
COMMIT_TIMEOUT = 10  # seconds; Meta waits about twice as long
RING_EVERY = 0.1  # seconds, after a first ring at once; each costs the worker as much as ten messages
PATH = re.compile(r"/webhooks/whatsapp/([0-9a-f-]{32,36})/?")

APPEND = """
INSERT INTO integrations_webhookevent (hook_id, shard, body)
SELECT * FROM unnest(%b::uuid[], %b::smallint[], %b::bytea[])
"""


class Unavailable(Exception):
    """The database did not take the body in time: Meta shall try again."""


class Door:
    """The application, with its connections and the queue of bodies waiting for their commit."""

    def __init__(self):
        self.queue: asyncio.Queue = asyncio.Queue()
        self.waiting_bytes = 0
        self.shards_to_ring: set[int] = set()
        self.bell = asyncio.Event()

    async def open(self) -> None:
        """Start what outlives single requests. Does not wait for the database."""
        # The writer's connection is its own: strangers who make us look hooks up do not keep bodies waiting.
        self.writer, self.readers = _pool(1), _pool(READERS)
        self.hooks = hooks.Hooks(self.readers)
        for pool in (self.writer, self.readers):
            await pool.open(wait=False)
        # The loop keeps only weak references to its tasks.
        self.tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._ring())]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for pool in (self.writer, self.readers):
            await pool.close()

    async def __call__(self, scope, receive, send) -> None:
        found = PATH.fullmatch(scope["path"])
        if not found:
            return await _answer(send, 404, b"not found")
        try:
            hook_id = UUID(found[1])
            if scope["method"] == "GET":
                return await self._shake_hands(scope, send, hook_id)
            if scope["method"] == "POST":
                return await self._take(scope, receive, send, hook_id)
            return await _answer(send, 405, b"method not allowed")
        except ValueError:
            return await _answer(send, 404, b"not found")
        except (Unavailable, psycopg.Error, TimeoutError) as error:
            logger.warning("webhook_not_stored", extra={"reason": type(error).__name__})
            return await _answer(send, 503, b"try again")

    async def _shake_hands(self, scope, send, hook_id: UUID) -> None:
        hook = await self.hooks.find(hook_id, newer_than=hooks.ASKED_AGAIN)
        challenge = hook and signature.handshake(
            dict(parse_qsl(scope["query_string"].decode())), hook.verify_token
        )
        if challenge is None:
            return await _answer(send, 403, b"forbidden")
        await _answer(send, 200, challenge.encode())

    async def _take(self, scope, receive, send, hook_id: UUID) -> None:
        headers = scope["headers"]
        signed = _header(headers, b"x-hub-signature-256").decode("latin-1")
        if int(_header(headers, b"content-length") or 0) > MAX_BODY:
            return await _answer(send, 413, b"too large")
        # Nobody's body is read before we know whom it is for.
        if not signed or await self.hooks.find(hook_id) is None:
            return await _answer(send, 403, b"forbidden")
        failpoint("door-found")
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                body = await _read(receive)
        except TimeoutError:
            return await _answer(send, 408, b"too slow")
        if body is None:
            return await _answer(send, 413, b"too large")
        if not await self._is_genuine(hook_id, body, signed):
            return await _answer(send, 403, b"forbidden")
        failpoint("door-read")
        await self._store(hook_id, body)
        await _answer(send, 200, b"ok")
        failpoint("door-answered")

    async def _is_genuine(self, hook_id: UUID, body: bytes, header: str) -> bool:
        hook = await self.hooks.find(hook_id)
        if hook and signature.verify(body, header, hook.app_secrets):
            return True
        # The secret may have been rotated since we looked.
        newer = await self.hooks.find(hook_id, newer_than=hooks.ASKED_AGAIN)
        return newer is not None and newer is not hook and signature.verify(body, header, newer.app_secrets)

    async def _store(self, hook_id: UUID, body: bytes) -> None:
        """Return once the body is committed. Raises Unavailable."""
        if self.waiting_bytes + len(body) > MOST_WAITING:
            raise Unavailable("too many wait")
        committed = asyncio.get_running_loop().create_future()
        shard = hook_id.int % settings.INGEST_SHARDS
        self.waiting_bytes += len(body)
        try:
            self.queue.put_nowait((hook_id, shard, vault.seal(body, webhook_context(hook_id)), committed))
            async with asyncio.timeout(COMMIT_TIMEOUT):
                await committed
        finally:
            self.waiting_bytes -= len(body)

    async def _write(self) -> None:
        """Commit what waits, all at once; while one commit runs, the next batch collects."""
        while True:
            batch = [await self.queue.get()]
            while len(batch) < BATCH and not self.queue.empty():
                batch.append(self.queue.get_nowait())
            batch = [item for item in batch if not item[3].done()]  # nobody waits for these any more
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: list[tuple]) -> None:
        hooks, shards, bodies, futures = zip(*batch, strict=True)
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT), self.writer.connection() as connection:
                failpoint("door-append")
                await connection.execute(APPEND, [list(hooks), list(shards), list(bodies)])
        except Exception as error:
            for future in futures:
                if not future.done():
                    future.set_exception(Unavailable(type(error).__name__))
            return
        failpoint("door-committed")
        for future in futures:
            if not future.done():
                future.set_result(None)
        self.shards_to_ring |= set(shards)
        self.bell.set()

    async def _ring(self) -> None:
        """Ring for what was committed, a few times a second at most, never in the way of an answer."""
        while True:
            await self.bell.wait()
            self.bell.clear()
            shards, self.shards_to_ring = self.shards_to_ring, set()
            for shard in shards:
                try:
                    await asyncio.to_thread(bells.ring_now, bells.DRAIN, shard)
                except Exception:
                    logger.exception("bell_broken")  # the sweeper rings in a few seconds
            await asyncio.sleep(RING_EVERY)


def _pool(size: int) -> AsyncConnectionPool:
    limits = {"connect_timeout": 5, "options": "-c statement_timeout=8000"} | settings.KEEPALIVES
    return AsyncConnectionPool(
        settings.DATABASE_URL,
        min_size=1,
        max_size=size,
        timeout=COMMIT_TIMEOUT,
        # Its pauses double each time: after an outage of minutes it would be away for minutes more. Once it has given
        # up, the next body makes it try at once.
        reconnect_timeout=COMMIT_TIMEOUT - 2,
        kwargs={"autocommit": True} | limits,
        open=False,
    )


def _header(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The one value of a header; empty when it is missing or given more than once."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else b""


async def _read(receive) -> bytes | None:
    """The whole body; None as soon as it is larger than allowed."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unavailable("the sender left")
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send, status: int, text: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status in (403, 408, 413):  # the body may be unread
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
