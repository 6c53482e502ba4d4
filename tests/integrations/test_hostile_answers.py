"""The other side of the one client is hostile: it leads elsewhere, never ends, drips, or lies about its length."""

import contextlib
import gzip
import time

import pytest

from integrations import http
from tests.integrations.servers import raw, reply, serving

START = b"HTTP/1.1 200 OK\r\n"


async def get(url: str, **options):
    async with http.open_client(allow_private=True) as client:
        return await http.request(client, "GET", url, **options)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
async def test_no_redirect_is_followed_and_no_token_travels(status):
    with serving(reply(200)) as target, serving(reply(status, Location=target.url)) as server:
        answer = await get(server.url, headers={"Authorization": "Bearer secret"})

    assert (answer.status, target.requests) == (status, [])


def drip(start: bytes, piece: bytes, pause: float = 0.05):
    """An answer that begins like this and then goes on a little at a time."""

    def answer(request, connection):
        connection.sendall(start)
        until = time.monotonic() + 1.5
        with contextlib.suppress(OSError):
            while time.monotonic() < until:
                connection.sendall(piece)
                time.sleep(pause)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        drip(b"H", b"T"),
        drip(START, b"X"),
        drip(START + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        drip(START + b"Content-Length: 100000\r\n\r\n", b"x"),
        drip(START + b"\r\n", b"x"),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"", b""),
    ],
    ids=["first line", "headers", "chunks", "a long body", "a body without length", "only 100", "nothing"],
)
async def test_an_answer_that_never_ends_is_left_at_the_deadline(answer):
    with serving(answer) as server:
        began = time.monotonic()
        with pytest.raises(http.INTERRUPTED):
            await get(server.url, seconds=0.4)
        took = time.monotonic() - began

    assert took < 4


def flood(start: bytes, piece: bytes):
    """An answer that goes on as fast as it is taken, 64 MiB at most."""

    def answer(request, connection):
        with contextlib.suppress(OSError):
            connection.sendall(start)
            for _ in range(64 * 1024 * 1024 // len(piece)):
                connection.sendall(piece)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        flood(START + b"X-Long: ", b"a" * 65536),
        flood(START, b"".join(b"X-%d: a\r\n" % number for number in range(5000))),
        flood(START + b"\r\n", b"x" * 65536),
        flood(START + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        flood(START + b"Transfer-Encoding: chunked\r\n\r\n10000;", b"a" * 65536),
        reply(200, b"x", Content_Encoding="gzip"),
        reply(200, gzip.compress(b"0" * 10_000_000), Content_Encoding="gzip"),
        reply(200, gzip.compress(b"0" * 10_000_000), Content_Encoding="identity, gzip"),
    ],
    ids=["a header", "headers", "a body", "chunks", "a chunk's size", "no gzip", "a bomb", "a hidden bomb"],
)
async def test_an_answer_larger_than_allowed_is_left(answer):
    with serving(answer) as server, pytest.raises((http.TooLarge, *http.INTERRUPTED)):
        await get(server.url, max_bytes=100_000)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 10\r\n\r\nshort",
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    ],
)
async def test_an_answer_that_lies_about_its_length_is_not_taken(head):
    with serving(raw(START + b"Connection: close\r\n" + head)) as server, pytest.raises(http.INTERRUPTED):
        await get(server.url, seconds=3)
