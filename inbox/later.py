"""Messages that leave at a time of their author's choosing. Their rows are the ledger: no clock but Postgres' decides.

A scheduled message becomes a queued one at its time (delivery/release.py), and goes the way of every other from there.
Locks are taken in one order everywhere: the message's row, then its conversation's.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from . import answering, bells, realtime, reasons
from .gate import Refused
from .models import Conversation, Message

TOO_LATE = timedelta(hours=2)  # then it would say "see you at ten" in the afternoon
LONGEST_AHEAD = timedelta(days=366)
REPLIED, AUTHOR_LEFT, MISSED = "patient_replied", "author_left", "missed"  # codes of reasons.py

State = Message.State


def queue(message: Message, conversation: Conversation) -> None:
    """A locked scheduled message goes out now: it takes its place at the end of the thread."""
    prepare(message)
    fields = ["state", "sent_at", "created_at", "due_at", "gate", "error_code", "error_detail"]
    message.save(update_fields=fields)
    answering.show_in_list(conversation, message)
    realtime.publish(realtime.topic(message.conversation_id))
    bells.ring(bells.DELIVER, message.clinic_id, message.channel_id)


def prepare(message: Message) -> Message:
    """The row as it will be when it is queued, not saved."""
    now = timezone.now()
    message.state, message.error_code, message.error_detail = State.QUEUED, "", ""
    message.sent_at = message.created_at = message.due_at = now
    return message


def check_time(message: Message) -> None:
    """Raises gate.Refused when a message that had a time is too late for it."""
    if message.send_at and timezone.now() - message.send_at > TOO_LATE:
        raise Refused(MISSED)


def check_reply(message: Message) -> None:
    """Raises gate.Refused when the patient wrote while a message waited that was to be sent only if they did not."""
    heard_at = message.conversation.last_inbound_at
    if message.send_at and message.stops_on_reply and heard_at and heard_at > message.created_at:
        raise Refused(REPLIED)


def stop_for_replies(conversation_ids: Iterable[UUID]) -> int:
    """The patients of these conversations wrote: what was to be sent only if they did not is stopped; returns how many.

    Call before the conversations' own rows are touched.
    """
    waiting = Message.objects.filter(
        conversation__in=conversation_ids, state=State.SCHEDULED, send_at__isnull=False, stops_on_reply=True
    )
    stopped = list(waiting.order_by("pk").select_for_update(of=["self"]).values_list("pk", flat=True))
    if not stopped:
        return 0
    return Message.objects.filter(pk__in=stopped).update(
        state=State.FAILED,
        error_code=REPLIED,
        error_detail=reasons.kept_sentence(REPLIED, {}),
        sent_at=timezone.now(),
    )
