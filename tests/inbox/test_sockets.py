"""The agents' sockets, against a real `live` process."""

import asyncio
import json
import os

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox import consumers, realtime
from tests.factories import make_clinic, make_conversation, make_member
from tests.faults.supervisor import Supervisor


@pytest.fixture(scope="module")
def live(django_db_setup, tmp_path_factory):
    supervisor = Supervisor(dict(os.environ), tmp_path_factory.mktemp("live"))
    supervisor.start("live")
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    yield supervisor
    supervisor.stop()


class Person:
    """A member with a signed-in browser."""

    def __init__(self):
        self.clinic = make_clinic()
        with clinic_scope(self.clinic.pk):
            self.member = make_member()
        self.browser = Client()
        self.browser.force_login(self.member.user)
        self.cookie = (
            f"{settings.SESSION_COOKIE_NAME}={self.browser.cookies[settings.SESSION_COOKIE_NAME].value}"
        )

    def publish(self, *topics: str) -> int:
        with clinic_scope(self.clinic.pk):
            return realtime.publish(*topics)


@pytest.fixture
def person(transactional_db):
    return Person()


def open_socket(live, cookie="", origin=""):
    address = live.address.replace("http", "ws", 1) + "/ws/"
    headers = {"Cookie": cookie} if cookie else {}
    return connect(address, additional_headers=headers, origin=origin or live.address)


async def hear(socket, seconds: float = 5) -> dict:
    return json.loads(await asyncio.wait_for(socket.recv(), seconds))


async def tell(socket, since) -> None:
    await socket.send(json.dumps({"since": since}))


async def close_code(socket, seconds: float = 6) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(socket.recv(), seconds)
    return closed.value.rcvd.code


async def test_a_change_is_hinted_without_any_text(live, person):
    async with open_socket(live, person.cookie) as socket:
        await tell(socket, 0)
        await asyncio.sleep(0.3)
        await sync_to_async(person.publish)("conversation-1")

        assert await hear(socket) == {"seq": 1, "topics": ["conversation-1"]}


async def test_what_was_missed_is_told_as_one_hint(live, person):
    for number in range(3):
        await sync_to_async(person.publish)(f"conversation-{number}")

    async with open_socket(live, person.cookie) as socket:
        await tell(socket, 1)

        assert await hear(socket) == {"seq": 3, "topics": ["conversation-1", "conversation-2"]}


async def test_a_browser_from_another_time_is_told_to_start_anew(live, person):
    async with open_socket(live, person.cookie) as socket:
        await tell(socket, 77)

        assert await hear(socket) == {"seq": 0, "resync": True}


async def test_no_change_is_missed_or_told_twice_over_cuts(live, person):
    seen, at = [], 0
    for round_ in range(5):
        async with open_socket(live, person.cookie) as socket:
            await tell(socket, at)
            for number in range(4):
                await sync_to_async(person.publish)(f"conversation-{round_}-{number}")
            while at < (round_ + 1) * 4 + round_:
                hint = await hear(socket)
                seen += hint["topics"]
                at = hint["seq"]
        await sync_to_async(person.publish)(f"conversation-{round_}-away")

    expected = {f"conversation-{round_}-{number}" for round_ in range(5) for number in range(4)}
    expected |= {f"conversation-{round_}-away" for round_ in range(4)}
    assert sorted(seen) == sorted(expected)


async def test_another_clinic_hears_nothing(live, person):
    stranger = await sync_to_async(Person)()
    async with open_socket(live, stranger.cookie) as socket:
        await tell(socket, 0)
        await asyncio.sleep(0.3)
        await sync_to_async(person.publish)("conversation-1")

        with pytest.raises(TimeoutError):
            await hear(socket, seconds=1)


async def test_a_stranger_is_sent_to_sign_in(live, transactional_db):
    async with open_socket(live) as socket:
        assert await close_code(socket) == consumers.SIGNED_OUT


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_a_foreign_page_cannot_open_a_socket(live, person, origin):
    with pytest.raises(InvalidStatus) as refused:
        async with open_socket(live, person.cookie, origin):
            pass

    assert refused.value.response.status_code == 403


async def test_signing_out_closes_the_socket_within_seconds(live, person):
    async with open_socket(live, person.cookie) as socket:
        await tell(socket, 0)
        await sync_to_async(person.browser.logout)()

        assert await close_code(socket) == consumers.SIGNED_OUT


async def test_a_removed_member_is_shut_out_within_seconds(live, person):
    def remove():
        with clinic_scope(person.clinic.pk):
            Member.objects.update(is_active=False)

    async with open_socket(live, person.cookie) as socket:
        await tell(socket, 0)
        await sync_to_async(remove)()

        assert await close_code(socket) == consumers.SIGNED_OUT


@pytest.mark.parametrize("junk", ["x" * 5000, b"\x00\x01"])
async def test_oversized_and_binary_commands_end_the_socket(live, person, junk):
    async with open_socket(live, person.cookie) as socket:
        await socket.send(junk)

        assert await close_code(socket) == consumers.TOO_MUCH


@pytest.mark.parametrize(
    "junk", ["", "[]", "{", '{"since": -1}', '{"since": "1"}', '{"since": true}', '{"topic": "x"}']
)
async def test_nonsense_is_ignored(live, person, junk):
    async with open_socket(live, person.cookie) as socket:
        await socket.send(junk)
        await tell(socket, 5)

        assert (await hear(socket))["resync"] is True


def restrict(person, **fields) -> str:
    """The person sees their own conversations only; returns the id of somebody else's."""
    with clinic_scope(person.clinic.pk):
        Member.objects.filter(pk=person.member.pk).update(visibility="own")
        return str(make_conversation(**fields).pk)


async def test_what_one_may_not_see_is_told_as_a_number_only(live, person):
    theirs = await sync_to_async(restrict)(person)
    async with open_socket(live, person.cookie) as socket:
        await tell(socket, 0)
        await asyncio.sleep(0.3)
        await sync_to_async(person.publish)(f"conversation-{theirs}")
        heard = [await hear(socket, seconds=20)]
        await sync_to_async(person.publish)(f"conversation-{theirs}", f"left-member-{person.member.pk}")
        heard.append(await hear(socket, seconds=20))

    assert heard == [{"seq": 1, "topics": []}, {"seq": 2, "topics": ["list"]}]


async def test_what_one_may_not_see_is_not_told_after_an_absence_either(live, person):
    theirs = await sync_to_async(restrict)(person)
    await sync_to_async(person.publish)(f"conversation-{theirs}", "templates")

    async with open_socket(live, person.cookie) as socket:
        await tell(socket, 0)

        assert await hear(socket, seconds=20) == {"seq": 1, "topics": ["templates"]}
