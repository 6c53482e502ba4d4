"""Snoozed conversations come back when their time is over."""

from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic

from . import realtime
from .models import Conversation, Message


def wake() -> int:
    """Open every conversation whose snooze is over, in every clinic; returns how many."""
    count = 0
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with clinic_scope(clinic_id):
            count += _wake_clinic()
    return count


def _wake_clinic() -> int:
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
