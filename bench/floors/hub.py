"""The least a fan-out can be: one Valkey subscription, a queue per socket, no question who may hear what.

uvicorn serves `application`; every message on the channel goes to every socket as it is.
"""

import asyncio
import os

import redis.asyncio

CHANNEL = "floor:hints"


class Hub:
    """The sockets' queues, and the one listener."""

    def __init__(self):
        self.queues: set[asyncio.Queue] = set()

    async def listen(self):
        client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
        async with client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            async for message in subscription.listen():
                if message["type"] == "message":
                    text = message["data"].decode()
                    for queue in self.queues:
                        queue.put_nowait(text)

    async def serve(self, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        queue = asyncio.Queue()
        self.queues.add(queue)
        pump = asyncio.create_task(self.pump(queue, send))
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self.queues.discard(queue)
        pump.cancel()

    async def pump(self, queue, send):
        while True:
            await send({"type": "websocket.send", "text": await queue.get()})


hub = Hub()


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        return await hub.serve(receive, send)
    if scope["type"] == "lifespan":
        await receive()
        listener = asyncio.create_task(hub.listen())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        listener.cancel()
        return await send({"type": "lifespan.shutdown.complete"})
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
