"""Who has a conversation open, told to those who have it open too: against a real `live` process."""

import asyncio
import json

import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox.operations import handling
from inbox.operations.drafting import keep_draft
from tests.factories import make_conversation, make_member
from tests.inbox.test_sockets import Person, live, open_socket, person  # noqa: F401  fixtures


class Place:
    """A conversation, its person, and a colleague with a browser of their own."""

    def __init__(self, person):  # noqa: F811
        self.person, self.clinic = person, person.clinic
        with clinic_scope(self.clinic.pk):
            self.conversation = make_conversation()
            self.other = make_conversation()
            self.colleague = make_member("Bea Agent")
        browser = Client()
        browser.force_login(self.colleague.user)
        name = settings.SESSION_COOKIE_NAME
        self.colleagues_cookie = f"{name}={browser.cookies[name].value}"

    def change(self, work):
        with clinic_scope(self.clinic.pk):
            return work()


async def say(socket, conversation, doing="reading") -> None:
    await socket.send(json.dumps({"here": conversation and str(conversation.pk), "doing": doing}))


async def people(socket, seconds: float = 15) -> list[tuple[str, str]]:
    """Who else is here, by the next that is told of it."""
    while True:
        heard = json.loads(await asyncio.wait_for(socket.recv(), seconds))
        if "people" in heard:
            return [(each["name"], each["doing"]) for each in heard["people"]]


async def quiet(socket, seconds: float = 1) -> bool:
    try:
        await people(socket, seconds)
    except TimeoutError:
        return True
    return False


async def test_two_who_have_it_open_see_each_other_and_what_they_do_until_one_leaves(live, person):  # noqa: F811
    place = await sync_to_async(Place)(person)
    async with open_socket(live, person.cookie) as ada, open_socket(live, place.colleagues_cookie) as bea:
        await say(ada, place.conversation)
        assert await people(ada) == []
        await say(bea, place.conversation, "drafting")
        assert await people(bea) == [("Ada Agent", "reading")]
        assert await people(ada) == [("Bea Agent", "drafting")]
        await say(bea, place.conversation, "writing")
        assert await people(ada) == [("Bea Agent", "writing")]
        await say(bea, place.other)
        assert await people(ada) == []
        await say(bea, place.conversation)
        assert await people(ada) == [("Bea Agent", "reading")]
        await bea.close()
        assert await people(ada) == []


async def test_who_ends_without_a_word_is_forgotten(live, person):  # noqa: F811
    """As after a crash of a whole `live` process: what it had said stays in Valkey until its time is over."""
    place = await sync_to_async(Place)(person)
    valkey = redis.Redis.from_url(settings.REDIS_URL)
    key = f"clinic-inbox:here:{place.clinic.pk}:{place.conversation.pk}"
    valkey.hset(key, "gone", f"{place.colleague.pk} writing {int(valkey.time()[0]) + 3}")
    async with open_socket(live, person.cookie) as ada:
        await say(ada, place.conversation)
        assert await people(ada) == [("Bea Agent", "writing")]
        assert await people(ada) == []
    assert not valkey.hexists(key, "gone")


async def test_who_does_not_see_a_conversation_is_neither_told_nor_seen_there(live, person):  # noqa: F811
    place = await sync_to_async(Place)(person)

    def hide():
        Member.objects.filter(pk=place.colleague.pk).update(visibility="own")

    await sync_to_async(place.change)(hide)
    async with open_socket(live, person.cookie) as ada, open_socket(live, place.colleagues_cookie) as bea:
        await say(ada, place.conversation)
        assert await people(ada) == []
        await say(bea, place.conversation)
        assert await quiet(bea)
        assert await quiet(ada)


async def test_who_loses_sight_of_it_is_gone_at_once(live, person):  # noqa: F811
    place = await sync_to_async(Place)(person)

    def give_to_colleague():
        Member.objects.filter(pk=place.colleague.pk).update(visibility="own")
        handling.assign(place.conversation, to=place.colleague, by=place.person.member)

    def take_away():
        handling.assign(place.conversation, to=place.person.member, by=place.person.member)

    await sync_to_async(place.change)(give_to_colleague)
    async with open_socket(live, person.cookie) as ada, open_socket(live, place.colleagues_cookie) as bea:
        await bea.send('{"since": 0}')
        await say(ada, place.conversation)
        await say(bea, place.conversation)
        assert await people(bea) == [("Ada Agent", "reading")]
        assert await people(ada) in ([], [("Bea Agent", "reading")])
        await sync_to_async(place.change)(take_away)
        while await people(ada):
            pass
        await say(ada, place.conversation, "writing")
        assert await quiet(bea)


async def test_another_clinic_is_told_nothing(live, person):  # noqa: F811
    place = await sync_to_async(Place)(person)
    stranger = await sync_to_async(Person)()
    async with open_socket(live, person.cookie) as ada, open_socket(live, stranger.cookie) as eve:
        await say(eve, place.conversation)
        await say(ada, place.conversation)
        assert await people(ada) == []
        assert await quiet(eve)


async def test_a_saved_draft_is_told_to_its_authors_tabs_only_by_number(live, person):  # noqa: F811
    place = await sync_to_async(Place)(person)
    fields = {"mode": "reply", "text": "Half a sentence", "reply_to": None, "revision": 0}

    def keep():
        return keep_draft(place.conversation, member=place.person.member, **fields)

    async with open_socket(live, person.cookie) as ada, open_socket(live, place.colleagues_cookie) as bea:
        for socket in (ada, bea):
            await say(socket, place.conversation)
            await people(socket)
        revision = await sync_to_async(place.change)(keep)
        heard = {}
        while "draft" not in heard:
            heard = json.loads(await asyncio.wait_for(ada.recv(), 10))
        assert heard == {"draft": str(place.conversation.pk), "mode": "reply", "revision": revision}
        try:
            while True:
                assert "draft" not in json.loads(await asyncio.wait_for(bea.recv(), 1))
        except TimeoutError:
            pass


async def test_valkey_keeps_ids_and_times_and_no_word(live, person):  # noqa: F811
    place = await sync_to_async(Place)(person)
    valkey = redis.Redis.from_url(settings.REDIS_URL)
    async with open_socket(live, person.cookie) as ada:
        await say(ada, place.conversation, "writing")
        await people(ada)
        key = f"clinic-inbox:here:{place.clinic.pk}:{place.conversation.pk}"
        (value,) = valkey.hvals(key)
        assert value.decode().split()[:2] == [str(place.person.member.pk), "writing"]
        assert 0 < valkey.ttl(key) <= 50


async def test_nonsense_is_nowhere(live, person):  # noqa: F811
    async with open_socket(live, person.cookie) as socket:
        for junk in (
            '{"here": 1}',
            '{"here": "x"}',
            '{"here": [], "doing": {}}',
            '{"here": null, "doing": 5}',
        ):
            await socket.send(junk)
        await socket.send('{"since": 5}')

        assert json.loads(await asyncio.wait_for(socket.recv(), 10))["resync"] is True
