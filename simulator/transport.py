"""Ways of not answering: what uvicorn does not offer and a network does."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with its transport within the application's reach."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


async def drop(request: Request) -> Response:
    """Close the connection without a byte, as a proxy dying mid-request would."""
    request.scope["state"]["transport"].abort()
    for _ in range(3):  # let uvicorn notice, so that it sends no 500 of its own
        await asyncio.sleep(0)
    return Response(status_code=204)


async def hang(request: Request) -> Response:
    """Say nothing until the client gives up."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.25)
    return Response(status_code=204)
