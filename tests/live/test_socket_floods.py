"""Sockets that say too much, too fast, or nothing that was agreed."""

import asyncio
import base64
import contextlib
import json
import os
import struct
import time

import pytest
from asgiref.sync import sync_to_async
from django.urls import reverse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from clinic_inbox import connections
from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox import consumers
from tests.factories import make_clinic
from tests.inbox.test_sockets import Person, close_code, hear, tell
from tests.live.talking import connect as dial
from tests.live.talking import head, listen, say


@pytest.fixture
def person(transactional_db):
    return Person()


def open_socket(edge, cookie="", *, address="", **options):
    url = edge.address.replace("http", "ws", 1) + "/ws/"
    headers = {"Cookie": cookie} | ({"X-Forwarded-For": address} if address else {})
    return connect(url, additional_headers=headers, **{"origin": edge.address} | options)


def upgrade(edge, cookie: str, *lines: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return head(
        "GET", "/ws/", edge.address, f"Cookie: {cookie}", f"Origin: {edge.address}", "Upgrade: websocket",
        "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", *lines,
    )  # fmt: skip


def frame(opcode: int, payload: bytes, *, last=True) -> bytes:
    """A frame as a browser sends it, masked with zeros."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack("!H", len(payload))
    return bytes([opcode | (0x80 if last else 0)]) + size + bytes(4) + payload


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "https://127.0.0.1.evil.example"]
)  # fmt: skip
async def test_a_page_that_is_not_ours_opens_no_socket(edge, person, origin):
    with pytest.raises(InvalidStatus) as refused:
        async with open_socket(edge, person.cookie, origin=origin):
            pass

    assert refused.value.response.status_code == 403


async def test_a_frame_larger_than_any_command_is_not_even_put_together(edge, person):
    async with open_socket(edge, person.cookie) as socket:
        await socket.send("x" * 1024 * 1024)

        assert await close_code(socket, 20) in (1006, 1009, consumers.TOO_MUCH)


@pytest.mark.parametrize(
    "since", [-1, 2**70, "0", None, [], {}, 1.5, True, {"clinic": "x"}, "conversation-1"]
)
async def test_a_place_in_the_order_that_is_none_is_not_answered(edge, person, since):
    async with open_socket(edge, person.cookie) as socket:
        await socket.send(json.dumps({"since": since, "clinic": str(person.clinic.pk), "topics": ["x"]}))
        await tell(socket, 7)

        assert await hear(socket, 20) == {"seq": 0, "resync": True}


async def test_ten_thousand_commands_a_second_end_the_socket(edge, person):
    began = time.monotonic()
    async with open_socket(edge, person.cookie) as socket:
        with pytest.raises(ConnectionClosed):
            await flood(socket)

    assert time.monotonic() - began < 10


async def flood(socket) -> None:
    for _ in range(10_000):
        await socket.send('{"since":0}')
    while True:
        await asyncio.wait_for(socket.recv(), 10)


@pytest.mark.parametrize(
    "frames",
    [frame(9, b"x" * 100) * 3000, frame(1, b"", last=False) + frame(0, b"", last=False) * 60_000],
    ids=["pings", "pieces of nothing"],
)
def test_frames_that_reach_no_command_are_counted_too(edge, person, frames):
    with dial(edge.address) as line:
        line.sendall(upgrade(edge, person.cookie))
        assert b"101 Switching" in line.recv(4096)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            line.sendall(frames)
            listen(line)

    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Transfer-Encoding: chunked", 400),
        ("Content-Length: 14", 400),
        ("X-Long: " + "x" * 2 * connections.MOST_HEADER_BYTES, 431),
    ],
)
def test_an_upgrade_with_a_body_or_endless_headers_opens_no_socket(edge, person, line, status):
    command = frame(1, b'{"since":0}')[:14]

    heard = say(edge.address, upgrade(edge, person.cookie, line) + command, seconds=5)

    assert (heard.status, heard.answers) == (status, 1)


def test_an_upgrade_that_says_it_has_no_body_opens_one(edge, person):
    with dial(edge.address) as line:
        line.sendall(upgrade(edge, person.cookie, "Content-Length: 0"))

        assert b"101 Switching" in line.recv(4096)


def test_what_floods_in_behind_an_upgrade_is_not_taken(edge, person):
    with dial(edge.address) as line:
        line.sendall(upgrade(edge, person.cookie))
        assert b"101 Switching" in line.recv(4096)
        try:
            for _ in range(200):
                line.sendall(b"x" * 2**20)
        except ConnectionError:
            return
    pytest.fail("200 MiB were taken")


async def test_a_command_longer_than_any_is_refused_though_it_fits_into_a_frame(edge, person):
    async with open_socket(edge, person.cookie) as socket:
        await socket.send(json.dumps({"since": 0, "x": "x" * consumers.LARGEST_COMMAND}))

        assert await close_code(socket, 20) == consumers.TOO_MUCH


def test_half_a_farewell_is_understood_as_one(edge, person):
    with dial(edge.address) as line:
        line.sendall(upgrade(edge, person.cookie))
        line.recv(4096)
        line.shutdown(1)
        began = time.monotonic()
        listen(line)

    assert time.monotonic() - began < 5


async def test_a_member_has_so_many_sockets_and_no_more(edge, person):
    other = await sync_to_async(Person)()
    sockets = [await open_socket(edge, person.cookie) for _ in range(consumers.MOST_OF_A_MEMBER)]
    for socket in sockets:
        await tell(socket, 7)
        await hear(socket)

    with pytest.raises(InvalidHandshake):
        await open_socket(edge, person.cookie)
    (await open_socket(edge, other.cookie)).transport.abort()
    await sockets.pop().close()
    again = await open_socket(edge, person.cookie)
    await tell(again, 7)
    assert await hear(again) == {"seq": 0, "resync": True}
    for socket in (*sockets, again):
        socket.transport.abort()


def test_an_address_has_so_many_sockets_and_no_more():
    socket = consumers.Agent()
    socket.scope, socket.member = {"client": ("203.0.113.7", 1)}, None
    most = consumers.MOST_OF_AN_ADDRESS

    assert [socket._is_one_too_many() for _ in range(most + 1)] == [False] * most + [True]
    consumers.Agent.open_by.clear()


async def test_a_cookie_of_who_signed_out_opens_nothing(edge, person):
    await sync_to_async(person.browser.logout)()

    async with open_socket(edge, person.cookie) as socket:
        assert await close_code(socket, 20) == consumers.SIGNED_OUT


async def test_the_socket_of_a_clinic_that_was_left_is_closed(edge, person):
    def work_elsewhere():
        elsewhere = make_clinic("Elsewhere")
        with clinic_scope(elsewhere.pk):
            Member.objects.create(user=person.member.user, name="x", role=person.member.role)
        person.browser.get("/settings/profile/")
        assert (
            person.browser.post(reverse("clinics:switch"), {"clinic": str(elsewhere.pk)}).status_code == 302
        )

    async with open_socket(edge, person.cookie) as socket:
        await tell(socket, 0)
        await sync_to_async(work_elsewhere)()

        assert await close_code(socket, 20) == consumers.SIGNED_OUT


async def test_who_does_not_answer_pings_is_forgotten(monkeypatch):
    """The whole wait is 40 seconds, so the one step that asyncio leaves out is looked at alone."""
    aborted = []

    class Line:
        def abort(self):
            aborted.append(True)

    socket = connections.Socket.__new__(connections.Socket)
    socket.loop, socket.transport = asyncio.get_running_loop(), Line()
    monkeypatch.setattr(connections.WebSocketsSansIOProtocol, "keepalive_timeout", lambda self: None)
    monkeypatch.setattr(connections, "LAST_SECONDS", 0)

    socket.keepalive_timeout()
    await asyncio.sleep(0.05)

    assert aborted == [True]
