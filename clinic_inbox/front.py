"""One address for everything: what is neither the door nor a socket is passed on to the `web` process.

The request body is counted on the way, because Django would spool a chunked one to disk without end.
"""

import logging

import httpx2
import orjson
from django.conf import settings

from .api.middleware import PREFIX
from .api.problems import CONTENT_TYPE as PROBLEM
from .api.problems import problem
from .uploads import ADDRESSES

logger = logging.getLogger(__name__)

HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
OURS = {b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-real-ip", b"forwarded"}
MAX_FORM = 3 * 1024 * 1024


class TooLarge(Exception):
    """The body is larger than this address takes."""


class Front:
    """A small reverse proxy to WEB_URL."""

    async def open(self) -> None:
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=50)
        self.client = httpx2.AsyncClient(
            base_url=settings.WEB_URL, timeout=httpx2.Timeout(60, connect=3), limits=limits, trust_env=False
        )

    async def close(self) -> None:
        await self.client.aclose()

    async def __call__(self, scope, receive, send) -> None:
        limit = settings.MAX_BODY_BYTES if _may_be_an_upload(scope) else MAX_FORM
        length = next((value for key, value in scope["headers"] if key == b"content-length"), b"0")
        if not length.isdigit() or int(length) > limit:
            return await _answer(scope, send, 413, b"The upload is too large.")
        started = False
        try:
            async with self.client.stream(
                scope["method"],
                httpx2.URL(settings.WEB_URL).copy_with(
                    raw_path=scope["raw_path"]
                    + (b"?" + scope["query_string"] if scope["query_string"] else b"")
                ),
                headers=_forwarded(scope),
                content=_body(scope, receive, limit),
            ) as response:
                headers = [(key.lower(), value) for key, value in response.headers.raw]
                headers = [(key, value) for key, value in headers if key not in HOP_BY_HOP]
                await send(
                    {"type": "http.response.start", "status": response.status_code, "headers": headers}
                )
                started = True
                async for part in response.aiter_raw():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except TooLarge:
            await _answer(scope, send, 413, b"The upload is too large.")
        except httpx2.HTTPError as error:
            logger.warning("web_unreachable", extra={"reason": type(error).__name__})
            if started:
                raise  # a cut answer must look cut
            await _answer(scope, send, 503, b"Clinic Inbox is starting. Try again in a moment.")


def _may_be_an_upload(scope) -> bool:
    """Whether the sender at least claims to be somebody; `web` finds out whether that is so before it reads."""
    names = {key for key, _ in scope["headers"]}
    claim = b"authorization" if scope["path"].startswith(PREFIX) else b"cookie"
    return claim in names and bool(ADDRESSES.fullmatch(scope["path"]))


def _forwarded(scope) -> list[tuple[bytes, bytes]]:
    headers = [(key, value) for key, value in scope["headers"] if key not in HOP_BY_HOP and key not in OURS]
    host, *_ = scope.get("client") or ("",)
    return [*headers, (b"x-forwarded-for", host.encode()), (b"x-forwarded-proto", scope["scheme"].encode())]


def _body(scope, receive, limit: int):
    """The body as it comes, or None for a request without one."""
    names = {key for key, _ in scope["headers"]}
    if b"content-length" not in names and b"transfer-encoding" not in names:
        return None

    async def parts():
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise httpx2.ReadError("the browser left")
            size += len(message.get("body", b""))
            if size > limit:
                raise TooLarge
            yield message.get("body", b"")
            more = message.get("more_body", False)

    return parts()


async def _answer(scope, send, status: int, text: bytes) -> None:
    kind = b"text/plain; charset=utf-8"
    if scope["path"].startswith(PREFIX):
        text = orjson.dumps(problem(status) | {"detail": text.decode()})
        kind = PROBLEM.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(text)).encode())]
    headers.append((b"retry-after", b"2") if status == 503 else (b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
