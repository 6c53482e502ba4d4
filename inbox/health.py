"""How the clinic's inbox is doing, as an admin needs to know it: plain checks, each with what to do."""

from dataclasses import dataclass
from datetime import timedelta

import redis
from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic_inbox.tenancy import current_clinic_id, uuid7_of
from clinic_inbox.valkey import queued, rounds_made
from clinics.queries import last_backup_at
from integrations.checks import Check
from integrations.models import Channel, WebhookEvent
from integrations.queries import channels

from . import later
from .models import Attachment, Erasure, Message
from .queries import NOT_IN_THREAD

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATE_WEBHOOK, LATE_MESSAGE, LATE_FILE, LATE_BACKUP = MINUTE, 5 * MINUTE, 60 * MINUTE, 1.5 * DAY
LATE_ERASURE = 60 * MINUTE  # the largest take some minutes; one that fails is tried again without end
# The sweepers' pauses are 5, 30 and 15 seconds.
LATE_ROUND = 120
MANY_BELLS = 1000
QUEUES = ("ingest", "delivery", "default", "media", "sounds")
SHOWN = 5  # conversations to open

State = Message.State


@dataclass(frozen=True)
class Section:
    """One part of the page: its title and the checks below it."""

    title: str
    checks: list[Check]


def held_webhooks() -> QuerySet[WebhookEvent]:
    """Webhooks to the clinic's own Meta apps that could not be taken in, and wait for somebody."""
    held = (WebhookEvent.State.QUARANTINED, WebhookEvent.State.DEAD)
    return WebhookEvent.objects.filter(hook__clinic=current_clinic_id(), state__in=held)


def doubtful_conversations() -> list:
    """Some conversations with a message that may not have arrived: (id, since), oldest first."""
    doubtful = Message.objects.filter(state=State.UNCERTAIN).values("conversation_id")
    oldest = doubtful.annotate(since=Min("created_at")).order_by("since")[:SHOWN]
    return [(each["conversation_id"], each["since"]) for each in oldest]


def look() -> list[Section]:
    """Everything that is looked at, read now. Call inside clinic_scope()."""
    return [
        Section(_("Numbers"), [check for channel in channels() for check in _channel(channel)]),
        Section(_("Coming in"), [_waiting_webhooks(), _held(), _files()]),
        Section(_("Going out"), [_queued(), _uncertain(), _failed()]),
        Section(_("Machinery"), [*_machinery(), _erasures(), _backup()]),
    ]


def _channel(channel: Channel) -> list[Check]:
    return [_connection(channel), _last_webhook(channel)]


def _connection(channel: Channel) -> Check:
    title = _("%(channel)s can send") % {"channel": channel.name}
    if channel.state == Channel.State.CONNECTED:
        return Check(True, title, _("The access token is accepted."))
    if channel.state == Channel.State.PAUSED:
        return Check(
            False, title, _("Sending is paused."), _("Resume it under Channels when answers should go out.")
        )
    return Check(
        False,
        title,
        (channel.problem and _(channel.problem)) or _("It needs attention."),
        _("Open it under Channels and check it."),
    )


def _last_webhook(channel: Channel) -> Check:
    title = _("%(channel)s hears from WhatsApp") % {"channel": channel.name}
    if channel.last_event_at is None:
        fix = _("Write to the number from a phone. If nothing comes, check the connection under Channels.")
        return Check(False, title, _("Nothing has ever come."), fix)
    finding = _("Last webhook %(ago)s ago.") % {"ago": timesince(channel.last_event_at)}
    if channel.silent_since:
        fix = _("Patients usually write at these hours. If the clinic is not closed, check the connection.")
        return Check(False, title, finding, fix)
    return Check(True, title, finding)


def _waiting_webhooks() -> Check:
    waiting = WebhookEvent.objects.filter(hook__clinic=current_clinic_id(), state=WebhookEvent.State.WAITING)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("received_at"))
    return _queue(_("Webhooks are taken in at once"), found, LATE_WEBHOOK)


def _held() -> Check:
    count, title = held_webhooks().count(), _("No webhook is held back")
    if not count:
        return Check(True, title, _("None."))
    finding = ngettext("%(count)d webhook could not be read.", "%(count)d webhooks could not be read.", count)
    fix = _("Connect the number they name, or wait for a repaired version; then have them read again below.")
    return Check(False, title, finding % {"count": count}, fix)


def _files() -> Check:
    waiting = Attachment.objects.filter(state=Attachment.State.WAITING)
    found = waiting.aggregate(count=Count("pk"), oldest=Min("created_at"))
    return _queue(_("Patients' files are fetched"), found, LATE_FILE)


def _queued() -> Check:
    waiting = Message.objects.filter(state__in=(State.QUEUED, State.CLAIMED))
    found = waiting.aggregate(count=Count("pk"), oldest=Min("created_at"))
    return _queue(_("Messages go out at once"), found, LATE_MESSAGE)


def _queue(title: str, found: dict, late: timedelta) -> Check:
    """A check of something that waits: fine while the oldest has not waited for long."""
    if not found["count"]:
        return Check(True, title, _("None waits."))
    words = {"count": found["count"], "age": timesince(found["oldest"])}
    finding = _("%(count)d wait, the oldest for %(age)s.") % words
    is_late = timezone.now() - found["oldest"] > late
    return Check(
        not is_late, title, finding, _("Tell your operator: nobody takes them up.") if is_late else ""
    )


def _uncertain() -> Check:
    count, title = Message.objects.filter(state=State.UNCERTAIN).count(), _("No message is in doubt")
    if not count:
        return Check(True, title, _("None."))
    finding = ngettext(
        "%(count)d message may not have been sent.", "%(count)d messages may not have been sent.", count
    )
    fix = _("Open each conversation below and decide whether to send it again; it is never done blindly.")
    return Check(False, title, finding % {"count": count}, fix)


def _failed() -> Check:
    """Of the last day, whose ids are the end of the clinic's key."""
    since, title = timezone.now() - DAY, _("Messages are accepted")
    lately = Message.objects.filter(pk__gt=uuid7_of(since), direction=Message.Direction.OUT)
    lately = lately.exclude(state__in=NOT_IN_THREAD).exclude(error_code=later.REPLIED)
    found = dict(lately.order_by().values_list("state").annotate(count=Count("pk")))
    failed, total = found.get(State.FAILED, 0), sum(found.values())
    finding = _("%(failed)d of %(total)d failed in the last day.") % {"failed": failed, "total": total}
    is_good = failed * 10 <= total
    return Check(is_good, title, finding, "" if is_good else _("The cause stands beside each message."))


def _machinery() -> list[Check]:
    title = _("Background work is done")
    try:
        rounds, bells = rounds_made("ingest", "delivery", "errands", "sounds"), queued(*QUEUES)
    except redis.RedisError:
        fix = _(
            "Tell your operator. Nothing is lost: webhooks are kept, and everything goes on once it is back."
        )
        return [Check(False, title, _("Valkey does not answer."), fix)]
    return [_round(name, seconds) for name, seconds in rounds.items()] + [_bells(bells)]


def _erasures() -> Check:
    """Told by when they were begun, which their ids say: one done again after a restore keeps its earlier time."""
    running, title = Erasure.objects.filter(state=Erasure.State.RUNNING), _("Erasures come to their end")
    late = running.filter(pk__lt=uuid7_of(timezone.now() - LATE_ERASURE)).count()
    if late:
        finding = ngettext(
            "%(count)d patient is not wholly deleted after an hour.",
            "%(count)d patients are not wholly deleted after an hour.",
            late,
        )
        fix = _(
            "Nobody sees them any more. Tell your operator: the log of the worker for errands has the cause."
        )
        return Check(False, title, finding % {"count": late}, fix)
    count = running.count()
    finding = ngettext("%(count)d patient is being erased.", "%(count)d patients are being erased.", count)
    return Check(True, title, finding % {"count": count} if count else _("None waits."))


def _backup() -> Check:
    """Of the whole installation; its time tells nothing of other clinics."""
    at, title = last_backup_at(), _("Backups are made")
    fix = _("Ask your operator to have manage.py backup run regularly.")
    if at is None:
        return Check(False, title, _("None has been made here yet."), fix)
    is_good = timezone.now() - at < LATE_BACKUP
    finding = _("The last one was made %(ago)s ago.") % {"ago": timesince(at)}
    return Check(is_good, title, finding, "" if is_good else fix)


def _round(name: str, seconds: int | None) -> Check:
    titles = {
        "ingest": _("The workers for what comes in are at work"),
        "delivery": _("The workers for what goes out are at work"),
        "errands": _("The workers for files and errands are at work"),
        "sounds": _("The worker for voice messages is at work"),
    }
    finding = (
        _("Not seen lately.") if seconds is None else _("Seen %(seconds)d s ago.") % {"seconds": seconds}
    )
    is_good = seconds is not None and seconds <= LATE_ROUND
    return Check(
        is_good, titles[name], finding, "" if is_good else _("Tell your operator: they have stopped.")
    )


def _bells(bells: dict[str, int]) -> Check:
    count = sum(bells.values())
    finding = ngettext("%(count)d task waits.", "%(count)d tasks wait.", count) % {"count": count}
    is_good = max(bells.values()) < MANY_BELLS
    return Check(
        is_good, _("No queue is long"), finding, "" if is_good else _("Tell your operator: add workers.")
    )
