"""A channel that usually hears from patients and does not: no error is raised anywhere when a webhook stops coming.

What is usual is learned from the same hours of the weeks before. Times are UTC.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope, current_clinic_id, uuid7_of
from clinics.queries import addresses_of_admins
from integrations.models import Channel

from . import realtime
from .models import ChannelHour
from .rounds import in_each_clinic

logger = logging.getLogger(__name__)

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
WEEKS = 4  # looked back for what is usual
SHORTEST = timedelta(minutes=30)
# If they came at random, a silence in which so many were expected would be an accident once in 3,000 times.
MISSED = 8
KEPT = WEEK * (WEEKS + 2)

# Ids are UUIDv7: the hours since the last tally are the end of the clinic's key. What a phone's history brought tells
# nothing of today's patients.
TALLY = """
INSERT INTO inbox_channelhour (id, clinic_id, channel_id, hour, received)
SELECT uuidv7(), clinic_id, channel_id, date_trunc('hour', created_at, 'UTC') AS hour, count(*)
    FROM inbox_message
    WHERE clinic_id = %(clinic)s AND id >= %(since)s AND id < %(until)s AND direction = 'in' AND source = 'contact'
    GROUP BY clinic_id, channel_id, hour
ON CONFLICT (clinic_id, channel_id, hour) DO UPDATE SET received = excluded.received
"""


@dataclass(frozen=True, slots=True)
class Silent:
    """A silent channel whose admins have not been told, and who is to hear of it."""

    clinic_id: UUID
    clinic_name: str
    language: str
    channel_id: UUID
    channel_name: str
    since: datetime
    missed: int
    addresses: tuple[str, ...]


def look() -> list[Silent]:
    """Count the hours that are over and judge every connected channel, in every clinic.

    Returns the silent ones nobody has been told of: call note_told() for each once its letter is out. One whose letter
    was lost is returned again the next time.
    """
    return [found for each in in_each_clinic(_look_at_clinic) for found in each]


def _look_at_clinic(_clinic_id: UUID) -> list[Silent]:
    now = timezone.now()
    tally(now)
    forget_old_hours(now)
    channels = Channel.objects.select_related("clinic")
    for channel in channels.exclude(state=Channel.State.CONNECTED).exclude(silent_since=None):
        _note(channel, None)
    connected = channels.filter(state=Channel.State.CONNECTED)
    return [found for channel in connected if (found := _judge(channel, now))]


def note_told(silent: Silent) -> None:
    """The admins have been written to. Call outside clinic_scope()."""
    with clinic_scope(silent.clinic_id):
        channel = Channel.objects.filter(pk=silent.channel_id, silent_since=silent.since)
        channel.update(silence_told_at=timezone.now())


def tally(now: datetime) -> None:
    """Count the active clinic's messages of each hour that is over and not counted yet. Counting again is harmless."""
    last = ChannelHour.objects.order_by("-hour").values_list("hour", flat=True).first()
    since = max(last or now - KEPT, now - KEPT)
    until = now.replace(minute=0, second=0, microsecond=0)
    bounds = {
        "clinic": current_clinic_id(),
        "since": uuid7_of(since.replace(minute=0, second=0, microsecond=0)),
        "until": uuid7_of(until),
    }
    with connection.cursor() as cursor:
        cursor.execute(TALLY, bounds)


def expected(channel: Channel, since: datetime, until: datetime) -> float:
    """How many messages usually come between the two, by the weeks before; 0 for a channel younger than a week."""
    weeks = min(WEEKS, (since - channel.created_at) // WEEK)
    if weeks < 1:
        return 0
    counts = defaultdict(int)
    earlier = ChannelHour.objects.filter(
        channel=channel, hour__gte=since - WEEK * weeks - HOUR, hour__lt=until
    )
    for hour, received in earlier.values_list("hour", "received"):
        counts[hour] = received
    return sum(
        part * sum(counts[hour - WEEK * week] for week in range(1, weeks + 1)) / weeks
        for hour, part in _hours(since, until)
    )


def _hours(since: datetime, until: datetime):
    """Each hour touched, and the part of it that lies between the two."""
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour < until:
        yield hour, (min(until, hour + HOUR) - max(since, hour)) / HOUR
        hour += HOUR


def _judge(channel: Channel, now: datetime) -> Silent | None:
    """Note that a channel fell silent or speaks again; returns it when it is silent and nobody was told."""
    heard = channel.last_event_at
    if channel.silent_since and heard and heard > channel.silent_since:
        _note(channel, None)
        logger.info("channel_heard_again", extra={"channel_id": channel.pk})
    if channel.silence_told_at or heard is None or now - heard < SHORTEST:
        return None
    missed = expected(channel, max(heard, now - WEEK), now)
    if not channel.silent_since:
        if missed < MISSED:
            return None
        _note(channel, heard)
        logger.warning("channel_silent", extra={"channel_id": channel.pk, "count": round(missed)})
    clinic, to = channel.clinic, tuple(addresses_of_admins())
    named = (clinic.pk, clinic.name, clinic.language, channel.pk, channel.name)
    return Silent(*named, channel.silent_since, round(missed), to)


def _note(channel: Channel, silent_since: datetime | None) -> None:
    channel.silent_since, channel.silence_told_at = silent_since, None
    channel.save(update_fields=["silent_since", "silence_told_at"])
    realtime.publish(f"channel-{channel.pk}")


def forget_old_hours(now: datetime) -> int:
    """Delete counts that are no longer looked back to; returns how many."""
    return ChannelHour.objects.filter(hour__lt=now - KEPT).delete()[0]
