"""Messages of which nobody knows whether the provider took them. Never sent again blindly.

A status with our attempt id settles it (inbox.statuses). Without one, after a quiet time and with proof that
statuses still come in, a reminder is tried once more; a member's own text asks the member.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q
from django.utils import timezone

from clinic_inbox.failpoints import failpoint
from integrations.events import Kind
from integrations.models import WebhookEvent

from .. import bells
from ..models import Attempt, Message, StatusEvent
from .job import first_id_at
from .record import QUIET

LOOK_AGAIN = timedelta(minutes=1)
GIVE_UP = timedelta(hours=1)  # later, a reminder would surprise more than it helps
REMINDERS = Q(kind=Kind.TEMPLATE, source__in=[Message.Source.SYSTEM, Message.Source.API])
MOST = 500


def expire_leases() -> set[UUID]:
    """Claimed messages whose worker said nothing for too long become uncertain. Inside a scope.

    Returns the conversations that changed, which the caller publishes.
    """
    now = timezone.now()
    expired = Message.objects.filter(state=Message.State.CLAIMED, lease_until__lt=now).order_by("pk")
    rows = dict(expired.select_for_update(skip_locked=True).values_list("pk", "conversation_id")[:MOST])
    if not rows:
        return set()
    Message.objects.filter(pk__in=rows).update(
        state=Message.State.UNCERTAIN, lease_until=now + QUIET, error_code="lease_expired", error_detail=""
    )
    Attempt.objects.filter(message__in=rows, finished_at=None).update(
        finished_at=now, outcome="uncertain", error_code="lease_expired"
    )
    failpoint("expire")
    return set(rows.values())


def resolve() -> set[UUID]:
    """Decide about messages in doubt whose quiet time is over. Inside a scope.

    Returns the conversations of those tried again, which the caller publishes.
    """
    now = timezone.now()
    quiet = Message.objects.filter(state=Message.State.UNCERTAIN, lease_until__lte=now)
    quiet.exclude(REMINDERS).update(lease_until=None)  # stays as it is: the member is asked
    again = [message for message in _doubtful_reminders(quiet) if _may_try_again(message, now)]
    for message in again:
        message.state, message.due_at, message.lease_until = Message.State.QUEUED, now, None
        message.save(update_fields=["state", "due_at", "lease_until"])
        bells.ring(bells.DELIVER, message.clinic_id, message.channel_id)
    return {message.conversation_id for message in again}


def _doubtful_reminders(quiet) -> list[Message]:
    locked = quiet.filter(REMINDERS).select_for_update(skip_locked=True).order_by("pk")
    return list(locked[:MOST])


def _may_try_again(message: Message, now: datetime) -> bool:
    """Once, and only with proof. Without proof yet: looked at again in a minute, for an hour."""
    told = Attempt.objects.filter(message=message).aggregate(
        last=Max("started_at"), doubts=Count("pk", filter=Q(outcome="uncertain"))
    )
    if told["doubts"] > 1 or now - told["last"] > GIVE_UP:
        message.lease_until = None
    elif _statuses_flow(message, told["last"]):
        return True
    else:
        message.lease_until = now + LOOK_AGAIN
    message.save(update_fields=["lease_until"])
    return False


def _statuses_flow(message: Message, since: datetime) -> bool:
    """Statuses of later events have come in on this channel, and no webhook waits to be read."""
    if WebhookEvent.objects.filter(state=WebhookEvent.State.WAITING).exists():
        return False
    later = StatusEvent.objects.filter(
        pk__gt=first_id_at(since), channel_id=message.channel_id, occurred_at__gt=since
    )
    return later.exclude(message_id=message.pk).exists()
