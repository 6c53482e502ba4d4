"""The only way out to the network: deadlines, size caps, and no way into our own house.

Nothing here retries, follows a redirect, reads proxy settings or logs: a send must happen once, a token must not
travel on, and addresses and bodies are secrets or patients' words.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

import httpcore2
import httpx2
import orjson

from integrations.addresses import is_public

CONNECT_SECONDS = 3
TOTAL_SECONDS = 20
MAX_BYTES = 2 * 1024 * 1024

# Before a byte of the request left: trying again cannot do anything twice.
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
# What else may go wrong; the other side may have acted on the request.
INTERRUPTED = (httpx2.HTTPError, TimeoutError)

# Both log whole addresses (and, at DEBUG, headers with tokens).
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Forbidden(Exception):
    """We do not go there: not https, an unusual port, or an address inside our own network."""


class TooLarge(Exception):
    """The response is larger than the caller allowed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response, within the limits."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self):
        """The JSON value of the body; None when it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


def open_client(*, allow_private: bool = False, connections: int = 100) -> httpx2.AsyncClient:
    """A client for `request` and `stream`; use it as an async context manager, in one event loop.

    `allow_private` opens plain http, any port and our own network: for a simulator on the same machine, decided by
    settings and never in production.
    """
    return httpx2.AsyncClient(
        transport=_Transport(allow_private=allow_private, connections=connections),
        timeout=httpx2.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        headers={"User-Agent": "clinic-inbox", "Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )


async def request(
    client: httpx2.AsyncClient,
    method: str,
    url: str,
    *,
    max_bytes=MAX_BYTES,
    seconds=TOTAL_SECONDS,
    **content,
) -> Reply:
    """Send one request and read the whole response.

    All of it must happen within `seconds` (20). Raises NOT_SENT, INTERRUPTED, Forbidden or TooLarge. `content`: params,
    headers, json, content, data, files.
    """
    seconds = seconds or TOTAL_SECONDS
    async with stream(client, method, url, max_bytes=max_bytes, seconds=seconds, **content) as response:
        body = b"".join([chunk async for chunk in response.chunks])
    return Reply(response.status, response.headers, body)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A response whose body is still to be read."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def stream(
    client: httpx2.AsyncClient, method: str, url: str, *, max_bytes: int, seconds: float, **content
):
    """Send one request; inside the block read `chunks`. All of it must happen within `seconds`. Raises as request."""
    async with asyncio.timeout(seconds):
        async with client.stream(method, url, **content) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise httpx2.DecodingError(
                    "compressed, though we asked for plain bytes"
                )  # could grow without limit
            yield Incoming(response.status_code, response.headers, _capped(response, max_bytes))


async def _capped(response: httpx2.Response, max_bytes: int) -> AsyncIterator[bytes]:
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise TooLarge
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge
        yield chunk


class _Transport(httpx2.AsyncHTTPTransport):
    """httpx2's transport over a connection pool whose sockets only go where they may."""

    def __init__(self, *, allow_private: bool, connections: int):
        super().__init__(verify=_ssl_context(), trust_env=False)
        self._allow_private = allow_private
        # The pool is the one place where the name is resolved and the socket opened; httpx2 has no argument for it.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30,
            network_backend=_Network(allow_private=allow_private),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        is_plain = url.scheme == "https" and url.port in (None, 443)
        if url.userinfo or not (is_plain or self._allow_private):
            raise Forbidden
        return await super().handle_async_request(request)


class _Network(httpcore2.AsyncNetworkBackend):
    """Resolves a name, checks what came back, and connects to exactly that.

    Certificate and Host header still name the host: they are made from the URL, not from this address.
    """

    def __init__(self, *, allow_private: bool):
        self._allow_private = allow_private
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
                return await self._connect(addresses, port, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout from error

    async def _resolve(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("name not found") from error
        addresses = [sockaddr[0] for *_, sockaddr in found]
        allowed = [address for address in addresses if self._allow_private or is_public(address)]
        if not allowed:
            raise Forbidden
        return allowed

    async def _connect(self, addresses, port, local_address, socket_options):
        failure = httpcore2.ConnectError("no address")
        for address in addresses:
            try:
                return await self._sockets.connect_tcp(address, port, None, local_address, socket_options)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, path, timeout=None, socket_options=None):
        raise Forbidden

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)  # reading the certificates takes 20 ms: once
