"""Scheduled messages whose time has come join the queue, one transaction each: one that fails harms no other."""

import logging
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from integrations.models import Channel

from .. import gate, later, realtime
from ..models import Message
from .claim import ask_gate
from .record import fail

logger = logging.getLogger(__name__)


def release(clinic_id: UUID, message_ids: list[UUID]) -> None:
    """Queue each of these whose time has come, or fail it where it may not go. Call outside clinic_scope()."""
    for message_id in message_ids:
        try:
            with clinic_scope(clinic_id):
                if message := _lock(message_id):
                    _release(message)
        except (OperationalError, InterfaceError):  # the database is away: the next sweep goes on
            raise
        except Exception:
            logger.exception("not_released", extra={"message_id": message_id})


def _lock(message_id: UUID) -> Message | None:
    """The message, ours until the transaction ends. None when another sweep has it, or its author took it back."""
    due = Message.objects.filter(pk=message_id, state=Message.State.SCHEDULED, send_at__lte=timezone.now())
    locked = due.select_for_update(of=["self"], skip_locked=True)
    return locked.select_related("conversation__identity", "channel", "author").first()


def _release(message: Message) -> None:
    conversation, scheduled_at = message.conversation, message.created_at
    try:
        later.check_time(message)
        if message.author_id and not message.author.is_active:
            raise gate.Refused(later.AUTHOR_LEFT)
        if message.stops_on_reply and _wrote_since(conversation, scheduled_at):
            raise gate.Refused(later.REPLIED)
        _ask_gate(later.prepare(message))
    except gate.Refused as refusal:
        Message.objects.filter(pk=message.pk).update(sent_at=timezone.now())  # shown where it would have been
        fail([(message, refusal)])
        realtime.publish(realtime.topic(conversation.pk))
    else:
        later.queue(message, conversation)


def _wrote_since(conversation, moment) -> bool:
    """Also what was taken in while the message was being scheduled, when neither could see the other."""
    return conversation.last_inbound_at is not None and conversation.last_inbound_at > moment


def _ask_gate(message: Message) -> None:
    """Raises gate.Refused. On a channel that cannot send now it is queued and waits with the others."""
    if message.channel.state != Channel.State.CONNECTED:
        return
    allowed, refused = ask_gate(message.channel, [message])
    for _, refusal in refused:
        raise refusal
    message.gate = allowed[0][1].as_record()
