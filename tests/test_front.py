"""What the front answers by itself, in the language of whoever asked."""

import asyncio
import json
from contextlib import suppress

import pytest

from clinic_inbox.front import Front


async def answer_of(path: str, length: bytes) -> tuple[int, bytes, bytes]:
    """Status, content type and body for a POST that says it is so long."""
    sent = []
    scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"content-length", length)]}

    async def receive():
        raise AssertionError("the body was read")

    async def send(message):
        sent.append(message)

    await Front()(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])[b"content-type"], sent[1]["body"]


@pytest.mark.parametrize("length", [b"4000000", b"-1", b"x"])
async def test_a_form_that_is_too_long_is_refused_unread(length):
    status, kind, _ = await answer_of("/conversations/", length)

    assert (status, kind) == (413, b"text/plain; charset=utf-8")


async def test_a_machine_is_told_so_as_a_problem():
    status, kind, body = await answer_of("/api/v1/contacts/", b"4000000")

    assert (status, kind) == (413, b"application/problem+json")
    assert json.loads(body)["status"] == 413


@pytest.mark.parametrize("path", ["/conversations/0a-1b/attachments/", "/api/v1/attachments/"])
async def test_a_file_of_somebody_who_shows_neither_session_nor_token_is_refused_unread(path):
    status, _, _ = await answer_of(path, b"4000000")

    assert status == 413


@pytest.fixture
async def front(settings):
    """A front before a `web` that gives everybody a session; `heard` is what it was asked."""
    heard, at_work = [], []

    async def web(reader, writer):
        at_work.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError):  # the front has hung up
            while request := await reader.readuntil(b"\r\n\r\n"):
                heard.append(request.decode())
                writer.write(
                    b"HTTP/1.1 200 OK\r\nSet-Cookie: clinic-session=ada; Path=/\r\nContent-Length: 0\r\n\r\n"
                )
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(web, "127.0.0.1", 0)
    settings.WEB_URL = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    front = Front()
    await front.open()
    front.heard = heard
    yield front
    await front.close()
    server.close()
    await asyncio.gather(*at_work)


async def test_one_visitors_session_is_never_sent_for_the_next(front):
    answers = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        answers.append(message)

    for _visitor in range(2):
        scope = {
            "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "scheme": "http",
            "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1),
        }  # fmt: skip
        await front(scope, receive, send)

    assert b"clinic-session=ada; Path=/" in dict(answers[0]["headers"]).values()
    assert ["cookie:" in request.lower() for request in front.heard] == [False, False]
