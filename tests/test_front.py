"""What the front answers by itself, in the language of whoever asked."""

import json

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
