"""One clinic's events, in one transaction: each kind in bulk where it comes in masses, else one by one."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Subquery
from django.utils import timezone

from clinic_inbox.failpoints import failpoint
from clinic_inbox.tenancy import clinic_scope
from integrations.events import (
    ChannelReport,
    ContactCard,
    Event,
    IdentityChanged,
    MessageAmended,
    MessageReceived,
    PreferenceChanged,
    ReactionChanged,
    StatusChanged,
)
from integrations.models import Channel

from .. import realtime, statuses
from ..models import TombstoneKey
from . import changes, erased, messages, people, reports

STALE_AFTER = timedelta(seconds=30)  # writing the channel's row for every batch would only wear it


@dataclass(frozen=True, slots=True)
class Told:
    """One event for one clinic: the webhook it came in and the channel it is for (None: the whole account)."""

    webhook_id: int
    business_id: str
    channel_id: UUID | None
    event: Event


def apply(clinic_id: UUID, told: list[Told]) -> set[int]:
    """Store what a clinic was told, with every effect, once. Applying it again changes nothing.

    Returns the webhooks that hold something for which no channel could be told.
    """
    with clinic_scope(clinic_id):
        told, homeless = _home(told)
        channels = _channels(told)
        told = erased.spare(channels, told)
        topics, files = set(), []
        for turn in _turns(told):
            changed, received = _apply_turn(channels, turn)
            topics |= changed
            files += received
        if topics:
            realtime.publish(*topics)
        transaction.on_commit(partial(messages.fetch_files, clinic_id, files))
        return homeless


def _turns(told: list[Told]) -> list[list[Told]]:
    """Cut before each moved address: what was written before it came from the old one, what follows from the new."""
    turns = [[]]
    for each in told:
        if type(each.event) is IdentityChanged and turns[-1]:
            turns.append([])
        turns[-1].append(each)
    return turns


def _apply_turn(channels: dict[UUID, Channel], told: list[Told]) -> tuple[set[str], list]:
    """Returns the topics that changed and the files to fetch."""
    by_kind = defaultdict(list)
    for each in told:
        by_kind[type(each.event)].append(each)
    touched = people.move(channels, by_kind[IdentityChanged])
    received = messages.receive(channels, by_kind[MessageReceived])
    failpoint("drain-between")
    touched |= received.conversations
    touched |= statuses.record([(each.channel_id, each.event) for each in by_kind[StatusChanged]])
    touched |= changes.react(by_kind[ReactionChanged])
    touched |= changes.amend(by_kind[MessageAmended])
    people.prefer(channels, by_kind[PreferenceChanged])
    people.name(channels, by_kind[ContactCard])
    topics = reports.keep(channels, by_kind[ChannelReport])
    return topics | {realtime.topic(conversation_id) for conversation_id in touched}, received.files


def _home(told: list[Told]) -> tuple[list[Told], set[int]]:
    """What names only a business account belongs to its number, when it has just one."""
    lost = [each for each in told if _is_lost(each)]
    if not lost:
        return told, set()
    numbers = defaultdict(list)
    businesses = {each.business_id for each in lost}
    for pk, business_id in Channel.objects.filter(business_id__in=businesses).values_list(
        "pk", "business_id"
    ):
        numbers[business_id].append(pk)
    homeless = {each.webhook_id for each in lost if len(numbers[each.business_id]) != 1}
    placed = [
        replace(each, channel_id=numbers[each.business_id][0]) if _is_lost(each) else each
        for each in told
        if not _is_lost(each) or len(numbers[each.business_id]) == 1
    ]
    return placed, homeless


def _is_lost(each: Told) -> bool:
    return each.channel_id is None and type(each.event) is not ChannelReport


def _channels(told: list[Told]) -> dict[UUID, Channel]:
    ids = {each.channel_id for each in told if each.channel_id}
    # With the key of what was erased here, if anything was.
    key = Subquery(TombstoneKey.objects.values("pk")[:1])
    channels = Channel.objects.annotate(tombstone_key=key).in_bulk(ids)
    now = timezone.now()
    stale = [
        pk for pk, row in channels.items() if not row.last_event_at or now - row.last_event_at > STALE_AFTER
    ]
    if stale:
        Channel.objects.filter(pk__in=stale).update(last_event_at=now)
    return channels
