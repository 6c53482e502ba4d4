"""Snoozed conversations come back when their time is over."""

from uuid import UUID

from django.utils import timezone

from . import realtime
from .models import Conversation, Message
from .rounds import in_each_clinic


def wake() -> int:
    """Open every conversation whose snooze is over, in every clinic; returns how many."""
    return sum(in_each_clinic(_wake_clinic))


def _wake_clinic(_clinic_id: UUID) -> int:
    due = Conversation.objects.filter(status=Conversation.Status.SNOOZED, snoozed_until__lte=timezone.now())
    woken = list(due.select_for_update(skip_locked=True))
    for conversation in woken:
        conversation.status, conversation.snoozed_until = Conversation.Status.OPEN, None
        conversation.save(update_fields=["status", "snoozed_until"])
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            channel_id=conversation.channel_id,
            direction=Message.Direction.EVENT,
            source=Message.Source.SYSTEM,
            kind="woken",
        )
        for conversation in woken
    )
    if woken:
        realtime.publish(*(realtime.topic(conversation.pk) for conversation in woken))
    return len(woken)
