"""The floor of taking a webhook in: bare ASGI, the signature, and a group commit of the raw body. Nothing is read.

`python -m bench.floors.raw_append` makes its table; uvicorn serves `application`.
"""

import asyncio
import hashlib
import hmac
import os

import psycopg
from psycopg_pool import AsyncConnectionPool

SECRET = os.environ["FLOOR_SECRET"].encode()
TABLE = """
CREATE TABLE IF NOT EXISTS raw_webhook (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL, received_at timestamptz DEFAULT now())
"""
APPEND = "INSERT INTO raw_webhook (body) SELECT unnest(%b::bytea[])"
BATCH = 500


class Floor:
    """The pool and the bodies that wait for their commit."""

    async def open(self):
        self.pool = AsyncConnectionPool(os.environ["FLOOR_URL"], kwargs={"autocommit": True}, open=False)
        await self.pool.open(wait=True)
        self.queue = asyncio.Queue()
        self.writer = asyncio.create_task(self.write())

    async def write(self):
        while True:
            batch = [await self.queue.get()]
            while len(batch) < BATCH and not self.queue.empty():
                batch.append(self.queue.get_nowait())
            async with self.pool.connection() as connection:
                await connection.execute(APPEND, [[body for body, _ in batch]])
            for _, committed in batch:
                committed.set_result(None)

    async def take(self, body: bytes):
        committed = asyncio.get_running_loop().create_future()
        self.queue.put_nowait((body, committed))
        await committed


floor = Floor()


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await floor.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        floor.writer.cancel()
        await floor.pool.close()
        return await send({"type": "lifespan.shutdown.complete"})
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    signature = next((value for key, value in scope["headers"] if key == b"x-hub-signature-256"), b"")
    expected = b"sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode()
    status = 403
    if hmac.compare_digest(signature, expected):
        await floor.take(body)
        status = 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


if __name__ == "__main__":
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection:
        connection.execute(TABLE)
