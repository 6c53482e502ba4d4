"""One address for everything: what is neither the door nor a socket is passed on to the `web` process.

Bodies are counted here, because Django would spool a chunked one to disk without end, and they are here in whole
before `web` hears of them, because a body that drips would keep one of its few threads. Only members' uploads, too
large for that, are passed on as they come: a few at a time, and not slower than SLOWEST_UPLOAD.
"""

import asyncio
import logging
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError

from .api.middleware import PREFIX
from .api.problems import CONTENT_TYPE as PROBLEM
from .api.problems import problem
from .uploads import ADDRESSES, is_from_somebody

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
FORM_SECONDS = 30  # for a whole form
MOST_WAITING = 64 * 1024 * 1024  # bytes of forms that are still arriving
SLOWEST_UPLOAD = 16 * 1024  # bytes a second, on the whole
PATIENCE = 10  # seconds before an upload's pace is looked at
UPLOADS_AT_ONCE = 6  # each keeps a thread of `web` busy, which has 8 at least


class Refused(Exception):
    """The body is not taken: status and sentence of the answer."""


TOO_LARGE = (413, b"The upload is too large.")
TOO_SLOW = (408, b"The request took too long to arrive.")
MALFORMED = (400, b"This request is not understood.")
TOO_MANY = (503, b"Too much is arriving at once. Try again in a moment.")


class Front:
    """A small reverse proxy to WEB_URL."""

    async def open(self) -> None:
        self.waiting_bytes = 0
        self.client, self.uploads = _client(200), _client(UPLOADS_AT_ONCE)

    async def close(self) -> None:
        await self.client.aclose()
        await self.uploads.aclose()

    async def __call__(self, scope, receive, send) -> None:
        try:
            is_upload = await _is_an_upload(scope)
            _look_at_length(scope, settings.MAX_BODY_BYTES if is_upload else MAX_FORM)
            if is_upload:
                await self._pass_on(self.uploads, scope, _paced(receive, settings.MAX_BODY_BYTES), send)
                return
            await self._pass_on(self.client, scope, await self._whole(scope, receive), send)
        except Refused as refused:
            await _answer(scope, send, *refused.args)
        except DatabaseError as error:
            logger.warning("sender_unknown", extra={"reason": type(error).__name__})
            await _answer(scope, send, 503, b"Try again in a moment.")

    async def _pass_on(self, client, scope, content, send) -> None:
        started = False
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = httpx2.URL(settings.WEB_URL).copy_with(raw_path=scope["raw_path"] + query)
        headers = _forwarded(scope)
        try:
            async with client.stream(scope["method"], url, headers=headers, content=content) as response:
                headers = [(key.lower(), value) for key, value in response.headers.raw]
                headers = [(key, value) for key, value in headers if key not in HOP_BY_HOP]
                await send(
                    {"type": "http.response.start", "status": response.status_code, "headers": headers}
                )
                started = True
                async for part in response.aiter_raw():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except httpx2.LocalProtocolError:  # two hosts, or a header no client may send
            raise Refused(*MALFORMED) from None
        except httpx2.HTTPError as error:
            logger.warning("web_unreachable", extra={"reason": type(error).__name__})
            if started:
                raise  # a cut answer must look cut
            await _answer(scope, send, 503, b"Clinic Inbox is starting. Try again in a moment.")

    async def _whole(self, scope, receive) -> bytes | None:
        """A form's body, or None for a request without one. Raises Refused."""
        if not _has_body(scope):
            return None
        parts, size = [], 0
        try:
            async with asyncio.timeout(FORM_SECONDS):
                async for part in _parts(receive, MAX_FORM):
                    parts.append(part)
                    size += len(part)
                    self.waiting_bytes += len(part)
                    if self.waiting_bytes > MOST_WAITING:
                        raise Refused(*TOO_MANY)
            return b"".join(parts)
        except TimeoutError:
            raise Refused(*TOO_SLOW) from None
        finally:
            self.waiting_bytes -= size


def _client(connections: int) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=50)
    timeout = httpx2.Timeout(60, connect=3)
    return httpx2.AsyncClient(
        base_url=settings.WEB_URL, timeout=timeout, limits=limits, cookies=_no_cookies(), trust_env=False
    )


def _no_cookies() -> CookieJar:
    """A jar that takes nothing: one visitor's session, kept here, would be sent for the next who brings none."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


async def _is_an_upload(scope) -> bool:
    """Whether this address takes files and the sender is somebody. Raises DatabaseError."""
    names = {key for key, _ in scope["headers"]}
    claim = b"authorization" if scope["path"].startswith(PREFIX) else b"cookie"
    if claim not in names or not ADDRESSES.fullmatch(scope["path"]):
        return False
    return await database_sync_to_async(is_from_somebody)(scope)


def _look_at_length(scope, limit: int) -> None:
    """Raises Refused for a body that says it is too long, or says nothing sensible."""
    length = next((value for key, value in scope["headers"] if key == b"content-length"), b"0")
    if not length.isdigit() or int(length) > limit:
        raise Refused(*TOO_LARGE)


def _has_body(scope) -> bool:
    names = {key for key, _ in scope["headers"]}
    return b"content-length" in names or b"transfer-encoding" in names


async def _parts(receive, limit: int):
    """The body as it comes. Raises Refused, also when the sender leaves."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, b"The sender left.")  # nobody reads this
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise Refused(*TOO_LARGE)
        yield part
        more = message.get("more_body", False)


async def _paced(receive, limit: int):
    """The body as it comes, as long as it comes. Raises Refused."""
    began, size = time.monotonic(), 0
    parts = _parts(receive, limit)
    while True:
        # What has come so far pays for the time until now and PATIENCE beyond.
        left = began + PATIENCE + size / SLOWEST_UPLOAD - time.monotonic()
        try:
            async with asyncio.timeout(left):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refused(*TOO_SLOW) from None
        size += len(part)
        yield part


def _forwarded(scope) -> list[tuple[bytes, bytes]]:
    headers = [(key, value) for key, value in scope["headers"] if key not in HOP_BY_HOP and key not in OURS]
    host, *_ = scope.get("client") or ("",)
    return [*headers, (b"x-forwarded-for", host.encode()), (b"x-forwarded-proto", scope["scheme"].encode())]


async def _answer(scope, send, status: int, text: bytes) -> None:
    kind = b"text/plain; charset=utf-8"
    if scope["path"].startswith(PREFIX):
        text = orjson.dumps(problem(status) | {"detail": text.decode()})
        kind = PROBLEM.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(text)).encode())]
    headers.append((b"retry-after", b"2") if status == 503 else (b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
