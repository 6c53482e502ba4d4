"""The `live` process: the door for webhooks, the agents' sockets, and the front of the pages."""

import asyncio
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from clinic_inbox.front import Front  # noqa: E402
from inbox.consumers import Agent, watch_sessions  # noqa: E402
from inbox.door import Door  # noqa: E402
from inbox.hub import hub  # noqa: E402

door, front = Door(), Front()
# On a laptop the port is whatever was free; in production another port or plain http is another page.
origins = (
    [f"https://{host}" for host in settings.ALLOWED_HOSTS] if settings.PRODUCTION else settings.ALLOWED_HOSTS
)
sockets = OriginValidator(
    AuthMiddlewareStack(URLRouter([path("ws/", Agent.as_asgi())])), [settings.PUBLIC_URL, *origins]
)


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        known = scope | {"bare_send": send}  # for what has nothing to do with the session
        await (sockets if scope["path"] == "/ws/" else _refuse)(known, receive, send)
    elif scope["path"].startswith("/webhooks/"):
        await door(scope, receive, send)
    else:
        await front(scope, receive, send)


async def _lifespan(receive, send) -> None:
    parts = (door, front, hub)
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            for part in parts:
                await part.open()
            watcher = asyncio.create_task(watch_sessions())
            await send({"type": "lifespan.startup.complete"})
        else:
            watcher.cancel()
            for part in parts:
                await part.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _refuse(scope, receive, send) -> None:
    await send({"type": "websocket.close", "code": 4404})
