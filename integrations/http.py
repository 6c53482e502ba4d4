"""The only way out to the network: deadlines, size caps, and no way into our own house.

Nothing here retries, follows a redirect, reads proxy settings or logs: a send must happen once, a token must not
travel on, and addresses and bodies are secrets or patients' words.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest

import httpcore2
import httpx2
import orjson

from integrations.addresses import is_public

CONNECT_SECONDS = 3
# Until a name's next address is tried beside those that have not answered (RFC 8305).
NEXT_ADDRESS_SECONDS = 0.25
TOTAL_SECONDS = 20
MAX_BYTES = 2 * 1024 * 1024

# Before a byte of the request left: trying again cannot do anything twice.
NOT_SENT = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout)
# What else may go wrong; the other side may have acted on the request.
INTERRUPTED = (
    *(
        httpcore2.NetworkError,
        httpcore2.TimeoutException,
        httpcore2.ProtocolError,
        httpcore2.UnsupportedProtocol,
    ),
    *(httpx2.HTTPError, TimeoutError),
)

HEADERS = {"Accept": "*/*", "User-Agent": "clinic-inbox", "Accept-Encoding": "identity"}

# Called with the name of a step of a request, and what belongs to it.
Watch = Callable[[str, dict], Awaitable[None]]

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


class Client:
    """Connections for `request` and `stream`; an async context manager, for one event loop.

    httpcore2's pool without httpx2's client around it, which costs as much again for each request and brings cookies,
    redirects, proxies and retries of which nothing may happen here.
    """

    def __init__(self, *, allow_private: bool, connections: int, watch: Watch | None):
        self.allow_private = allow_private
        self.watch = watch
        # The pool is the one place where the name is resolved and the socket opened.
        self.pool = httpcore2.AsyncConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30,
            network_backend=_Network(allow_private=allow_private),
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_error) -> None:
        await self.pool.aclose()


def open_client(*, allow_private: bool = False, connections: int = 100, watch: Watch | None = None) -> Client:
    """A client for `request` and `stream`; use it as an async context manager, in one event loop.

    `allow_private` opens plain http, any port and our own network: for a simulator on the same machine, decided by
    settings and never in production. `watch` is told the steps of each request, and may end it by raising.
    """
    return Client(allow_private=allow_private, connections=connections, watch=watch)


async def request(
    client: Client,
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
async def stream(client: Client, method: str, url: str, *, max_bytes: int, seconds: float, **content):
    """Send one request; inside the block read `chunks`. All of it must happen within `seconds`. Raises as request."""
    request = _build(client, method, url, seconds, **content)
    async with asyncio.timeout(seconds):
        response = await client.pool.handle_async_request(request)
        try:
            headers = _read_headers(response.headers)
            if headers.get("content-encoding", "identity") != "identity":
                raise httpx2.DecodingError(
                    "compressed, though we asked for plain bytes"
                )  # could grow without limit
            yield Incoming(response.status, headers, _capped(response.stream, headers, max_bytes))
        finally:
            await response.aclose()


def _build(client: Client, method: str, url: str, seconds: float, *, headers=None, **content):
    """The request as the pool takes it. Raises Forbidden when its address is no place for us."""
    if content.keys() == {"json"}:
        body = orjson.dumps(content["json"])
        target = _target(url, client.allow_private)
        more = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        told = [*_encoded(HEADERS | (headers or {}) | more)]
    else:
        made = httpx2.Request(method, url, headers=HEADERS | (headers or {}), **content)
        target = _target(str(made.url), client.allow_private)
        body, told = made.stream, [each for each in made.headers.raw if each[0].lower() != b"host"]
    host, parsed = target
    pause = TOTAL_SECONDS if seconds > TOTAL_SECONDS else None  # else the end of it all comes first
    timeout = {"connect": CONNECT_SECONDS, "pool": CONNECT_SECONDS, "read": pause, "write": pause}
    extensions = {"timeout": timeout}
    if client.watch:
        extensions["trace"] = client.watch
    return httpcore2.Request(
        method, parsed, headers=[(b"Host", host), *told], content=body, extensions=extensions
    )


@lru_cache(maxsize=8)
def _target(url: str, allow_private: bool) -> tuple[bytes, httpcore2.URL]:
    """The Host header and the address of a URL. Raises Forbidden, or httpx2.InvalidURL."""
    url = httpx2.URL(url)
    is_plain = url.scheme == "https" and url.port in (None, 443)
    if url.userinfo or not (is_plain or allow_private):
        raise Forbidden
    parsed = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return url.netloc, parsed


def _encoded(headers: Mapping[str, str]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in headers.items():
        yield name.encode("ascii"), value.encode("ascii")


def _read_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name; a header that came several times has its values joined."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _capped(
    body: AsyncIterable[bytes], headers: Mapping[str, str], max_bytes: int
) -> AsyncIterator[bytes]:
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise TooLarge
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge
        yield chunk


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
        return _in_turns(allowed)

    async def _connect(self, addresses, port, local_address, socket_options):
        """The first of them that answers: one that swallows everything must not use up the time of all."""
        untried, trying, failure = list(addresses), set(), httpcore2.ConnectError("no address")
        try:
            while untried or trying:
                if untried:
                    where = (untried.pop(0), port, None, local_address, socket_options)
                    trying.add(asyncio.create_task(self._sockets.connect_tcp(*where)))
                patience = NEXT_ADDRESS_SECONDS if untried else None
                done, _ = await asyncio.wait(trying, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    trying.remove(task)
                    if (failure := task.exception()) is None:
                        return task.result()
                    if not isinstance(failure, httpcore2.ConnectError):
                        raise failure
            raise failure
        finally:
            for task in trying:
                task.cancel()
                task.add_done_callback(_close_unused)

    async def connect_unix_socket(self, path, timeout=None, socket_options=None):
        raise Forbidden

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _in_turns(addresses: list[str]) -> list[str]:
    """Both kinds of addresses in turns, in the resolver's order otherwise: a dead kind costs one pause."""
    first_kind = ":" in addresses[0]
    first = [address for address in addresses if (":" in address) == first_kind]
    others = [address for address in addresses if (":" in address) != first_kind]
    pairs = zip_longest(first, others)
    return [address for pair in pairs for address in pair if address]


def _close_unused(task: asyncio.Task) -> None:
    if not task.cancelled() and task.exception() is None:  # it answered just as another was taken
        closing = asyncio.ensure_future(task.result().aclose())
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)


_closing: set[asyncio.Future] = set()  # the loop itself holds them only weakly


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)  # reading the certificates takes 20 ms: once
