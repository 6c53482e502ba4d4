"""What members and machines do with a message before it leaves: another time, at once, or not at all.

Each locks the message's row, as delivery does to claim it: of two at the same moment one wins, the other is told.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics import audit
from clinics.models import Member
from integrations.events import Kind

from .. import answering, bells, gate, later, realtime
from ..models import Message
from .handling import NOT_YOURS, sees_by_right
from .sending import Conflict, check_time, draft_of

State = Message.State
GONE = _("It is already on its way, so this cannot be undone any more.")
NOT_WAITING = _("This message does not wait any more: it was sent, or somebody took it back.")


def reschedule(
    message: Message, *, send_at: datetime, stops_on_reply: bool, by: Member | None, actor: str = ""
) -> Message:
    """Another time for a message that waits, or that was stopped before anything was sent.

    Raises Conflict when it is on its way, gate.Refused when it may not be sent at that time, Invalid for a time that
    is over.
    """
    message = _lock(message, by)
    is_stopped = message.state == State.FAILED and message.send_at and not message.attempts
    if message.state != State.SCHEDULED and not is_stopped:
        raise Conflict(NOT_WAITING)
    check_time(send_at)
    allowed = gate.may_send(message.conversation, draft_of(message), at=send_at)
    message.state, message.send_at, message.stops_on_reply = State.SCHEDULED, send_at, stops_on_reply
    message.error_code = message.error_detail = ""
    message.gate, message.due_at = allowed.as_record(), None
    message.created_at = timezone.now()  # a reply counts from here
    message.save()
    _note("message.rescheduled", message, by, actor)
    return message


def send_now(message: Message, *, by: Member | None) -> Message:
    """A message that waits leaves at once; does nothing when it left meanwhile. Raises gate.Refused, Conflict."""
    message = _lock(message, by)
    if message.state == State.SCHEDULED:
        message.gate = gate.may_send(message.conversation, draft_of(message)).as_record()
        later.queue(message, message.conversation)
        audit.record("message.sent_now", member=by, target=message)
    elif message.state == State.QUEUED and not message.attempts:
        message.due_at = timezone.now()
        message.save(update_fields=["due_at"])
        bells.ring(bells.DELIVER, message.clinic_id, message.channel_id)
    elif message.state in (State.CANCELLED, State.FAILED):
        raise Conflict(NOT_WAITING)
    return message


def take_back(message: Message, *, by: Member | None, actor: str = "") -> Message:
    """A message that has not left is not sent, and is gone from the thread. Again it changes nothing.

    Raises Conflict once a worker has it.
    """
    message = _lock(message, by)
    if message.state == State.CANCELLED:
        return message
    if not _can_be_taken_back(message):
        raise Conflict(GONE)
    was_queued = message.state == State.QUEUED
    message.state, message.due_at, message.lease_until = State.CANCELLED, None, None
    message.save(update_fields=["state", "due_at", "lease_until"])
    if was_queued:
        answering.recall(message.conversation, message)
    _note("message.taken_back", message, by, actor)
    return message


def _can_be_taken_back(message: Message) -> bool:
    """It waits, was never tried, or was not sent at its time; a reaction is taken back in another way."""
    if message.direction != Message.Direction.OUT or message.kind == Kind.REACTION:
        return False
    is_untouched = message.state == State.QUEUED and not message.attempts
    is_missed = message.state == State.FAILED and message.send_at is not None
    return message.state == State.SCHEDULED or is_untouched or is_missed


def _lock(message: Message, by: Member | None) -> Message:
    """Raises Conflict for somebody else's in a conversation that `by` sees in an emergency only."""
    is_own = by is not None and message.author_id == by.pk
    if not is_own and not sees_by_right(message.conversation, by):
        raise Conflict(NOT_YOURS)
    rows = Message.objects.select_for_update(of=["self"])
    return rows.select_related("conversation__identity", "conversation__channel").get(pk=message.pk)


def _note(action: str, message: Message, by: Member | None, actor: str) -> None:
    audit.record(action, member=by, actor=actor, target=message)
    realtime.publish(realtime.topic(message.conversation_id))
