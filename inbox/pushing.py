"""News for members' browsers while nobody looks at them: who is told of what, and the telling itself.

At most once: what is to be told is noted before it is told. No word of a patient is in it, nor any name.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope, current_clinic_id
from clinics.models import Member
from integrations import http, webpush

from . import realtime, telling
from .alerts import choices_of_all
from .models import AlertChoices, Event, Mention, Message, Notice, PushAddress, Told, ToldUpTo
from .onlookers import onlookers
from .sight import Facts

FRESH = timedelta(minutes=10)  # what is older came late, and is in the list anyway
MOST_AT_ONCE = 20  # requests on their way
SECONDS = 10  # for one clinic's round: the next clinic waits behind it
IN, EVENT = Message.Direction.IN, Message.Direction.EVENT


@dataclass(frozen=True)
class Push:
    """One thing to tell one browser."""

    address_id: UUID
    target: webpush.Target
    payload: dict


def push_news(clinic_id: UUID) -> int:
    """Tell the browsers of a clinic's members what is new since the last time; returns how many were told."""
    if not settings.PUSH_KEY:
        return 0
    with clinic_scope(clinic_id):
        pushes = _due()
    return _send(clinic_id, pushes) if pushes else 0


def push_to(clinic_id: UUID, member_id: UUID, sentence: Callable[[], str], url: str) -> int:
    """Tell one member in all their browsers, whatever they chose; returns in how many. Call outside any scope.

    `sentence` is asked for in the member's language.
    """
    if not settings.PUSH_KEY:
        return 0
    with clinic_scope(clinic_id):
        addresses = PushAddress.objects.filter(member=member_id, member__is_active=True)
        pushes = [_said(address, sentence, url) for address in addresses.select_related("member__clinic")]
    return _send(clinic_id, pushes) if pushes else 0


def try_out(address: PushAddress) -> bool:
    """Send one browser a test, called outside any scope; False when its push service did not take it."""
    if not settings.PUSH_KEY:
        return False
    push = Push(address.pk, webpush.Target.read(address.target), _payload(_("This is a test."), "", "/"))
    return _send(address.clinic_id, [push]) == 1


def _due() -> list[Push]:
    """What is to be told now, noted as told."""
    addresses = list(PushAddress.objects.filter(member__is_active=True).select_related("member__clinic"))
    if not addresses:
        ToldUpTo.objects.all().delete()  # whoever wishes to be told next hears what happens from then on
        return []
    topics = _topics()
    if not topics:
        return []
    members = {address.member_id: address.member for address in addresses}
    choices = choices_of_all(members.values())
    look = telling.look(topics, members)
    news = _news([facts.pk for facts in look.conversations])
    pushes = [
        _push(address, event, facts.pk)
        for facts in look.conversations
        if facts.pk in news
        for address in addresses
        if (event := _event(news[facts.pk], facts, address.member)) and look.sees(address.member_id, facts)
        if _is_wished(choices[address.member_id], address.member, event)
    ]
    calls = [
        (call, address)
        for call in _calls(look, members)
        for address in addresses
        if address.member_id == call.member_id
        if _is_wished(choices[address.member_id], address.member, Event.MENTIONED)
    ]
    return pushes + [
        _push(
            address,
            Notice.ANSWERED if call.is_answer else Event.MENTIONED,
            call.conversation_id,
            note=call.note_id,
        )
        for call, address in calls
    ]


def _topics() -> list[str]:
    """The topics of what changed since the last look; nothing when that is too long ago, or another is looking."""
    now_at = realtime.current_seq()
    place = ToldUpTo.objects.select_for_update(skip_locked=True).first()
    if place is None:
        if not ToldUpTo.objects.exists():
            ToldUpTo.objects.bulk_create([ToldUpTo(seq=now_at)], ignore_conflicts=True)
        return []
    if place.seq == now_at:
        return []
    now_at, topics = realtime.changes_since(place.seq)
    ToldUpTo.objects.filter(pk=place.pk).update(seq=now_at)
    return [topic for topic in topics or () if topic.startswith("conversation-")]


def _news(conversations: Iterable[UUID]) -> dict[UUID, Message]:
    """The newest fresh message of each of which nobody was told, noted as told."""
    now = timezone.now()
    told = dict(
        Told.objects.filter(conversation__in=conversations).values_list("conversation_id", "message_id")
    )
    is_news = Q(direction=IN, source=Message.Source.CONTACT) | Q(direction=EVENT, kind="assigned")
    messages = Message.objects.filter(
        is_news, conversation__in=conversations, sent_at__gt=now - FRESH, created_at__gt=now - FRESH
    )
    found = {}
    for message in messages.order_by("pk").only("conversation", "direction", "author", "kind"):
        if message.pk > told.get(message.conversation_id, UUID(int=0)):
            found[message.conversation_id] = message
    Told.objects.bulk_create(
        [Told(conversation_id=key, message_id=message.pk) for key, message in found.items()],
        update_conflicts=True,
        unique_fields=["clinic", "conversation"],
        update_fields=["message_id"],
    )
    return found


def _calls(look: telling.Look, members: Collection[UUID]) -> list[Mention]:
    """The notes that call these members, who see them and have not yet, noted as told."""
    facts = {each.pk: each for each in look.conversations}
    unseen = Mention.objects.filter(conversation__in=facts, member__in=members, seen_at=None, told_at=None)
    calls = list(unseen.filter(created_at__gt=timezone.now() - FRESH).order_by("pk"))
    if not calls:
        return []
    Mention.objects.filter(pk__in=[call.pk for call in calls]).update(told_at=timezone.now())
    before_them = onlookers(current_clinic_id(), {call.conversation_id for call in calls})
    return [
        call
        for call in calls
        if look.sees(call.member_id, facts[call.conversation_id])
        if (call.member_id, call.conversation_id) not in before_them
    ]


def _event(message: Message, facts: Facts, member: Member) -> str:
    """What this message is to this member; "" when it is nothing to tell them of."""
    if message.direction == EVENT:
        is_theirs = facts.assignee_id == member.pk and message.author_id != member.pk
        return Event.ASSIGNED if is_theirs else ""
    if facts.assignee_id is None:
        return Event.UNASSIGNED
    return Event.MINE if facts.assignee_id == member.pk else Event.OTHERS


def _is_wished(choices: AlertChoices, member: Member, event: str) -> bool:
    clock = timezone.localtime(timezone=ZoneInfo(member.clinic.time_zone)).time()
    return event in choices.pushes and not choices.is_quiet(clock)


def _push(address: PushAddress, event: str, conversation_id: UUID, note: UUID | None = None) -> Push:
    """`note`: what to jump to."""
    url = reverse("inbox:conversation", args=[conversation_id])
    return _said(address, partial(_sentence, event), f"{url}?message={note}" if note else url)


def _sentence(event: str) -> str:
    return {
        Event.MINE: _("A patient of yours has written."),
        Event.UNASSIGNED: _("A patient has written. Nobody has the conversation yet."),
        Event.OTHERS: _("A patient has written."),
        Event.ASSIGNED: _("A conversation was assigned to you."),
        Event.MENTIONED: _("A colleague mentions you in a note."),
        Notice.ANSWERED: _("A colleague answered in a thread of notes where you took part."),
    }[event]


def _said(address: PushAddress, sentence: Callable[[], str], url: str) -> Push:
    """In the member's language."""
    member = address.member
    with translation.override(member.language or member.clinic.language):
        payload = _payload(sentence(), member.clinic.name, url)
    return Push(address.pk, webpush.Target.read(address.target), payload)


def _payload(said: str, clinic: str, url: str) -> dict:
    """`tag`: a newer one about the same conversation takes the older one's place."""
    return {"title": said, "body": clinic, "url": url, "tag": url}


def _send(clinic_id: UUID, pushes: list[Push]) -> int:
    outcomes = asyncio.run(_send_all(pushes))
    told = [push.address_id for push, outcome in outcomes if outcome is webpush.Outcome.TOLD]
    gone = [push.address_id for push, outcome in outcomes if outcome is webpush.Outcome.GONE]
    with clinic_scope(clinic_id):
        PushAddress.objects.filter(pk__in=gone).delete()
        PushAddress.objects.filter(pk__in=told).update(told_at=timezone.now())
    return len(told)


async def _send_all(pushes: list[Push]) -> list[tuple[Push, webpush.Outcome]]:
    free = asyncio.Semaphore(MOST_AT_ONCE)
    key, subject = settings.PUSH_KEY, settings.PUBLIC_URL

    async def send(client, push):
        async with free:
            return push, await webpush.send(client, push.target, push.payload, key=key, subject=subject)

    async with http.open_client(allow_private=not settings.PRODUCTION) as client:
        tasks = [asyncio.create_task(send(client, push)) for push in pushes]
        done, late = await asyncio.wait(tasks, timeout=SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    return [task.result() for task in done]
