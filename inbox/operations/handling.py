"""What members do with a conversation besides answering it. All run inside clinic_scope().

`by` is None when a machine asked.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinics.models import Member, Team

from .. import realtime
from ..models import Conversation, Episode, Message
from . import sending

Direction = Message.Direction
Status = Conversation.Status
MACHINE = "API"  # what the thread says instead of a member's name


def assign(conversation: Conversation, *, to: Member | Team | None, by: Member | None) -> None:
    """Give the conversation to a member, to a team (then nobody of it holds it yet), or to nobody."""
    member = to if isinstance(to, Member) else None
    team = to if isinstance(to, Team) else None
    if member and conversation.team_id and member.teams.filter(pk=conversation.team_id).exists():
        team = conversation.team  # taking work from the own team's pile leaves it the team's
    if (conversation.assignee_id, conversation.team_id) == (member and member.pk, team and team.pk):
        return
    conversation.assignee, conversation.team = member, team
    conversation.save(update_fields=["assignee", "team"])
    Episode.objects.filter(conversation=conversation, closed_at=None).update(assignee=member)
    _note_event(conversation, "assigned" if to else "unassigned", by, to=str(to) if to else "")


def close(conversation: Conversation, *, by: Member | None) -> None:
    """Done for now. The patient's next message opens it again."""
    if conversation.status == Status.CLOSED:
        return
    conversation.status, conversation.snoozed_until = Status.CLOSED, None
    conversation.waiting_since, conversation.unread = None, 0
    conversation.save(update_fields=["status", "snoozed_until", "waiting_since", "unread"])
    Episode.objects.filter(conversation=conversation, closed_at=None).update(
        closed_at=timezone.now(), closed_by=by
    )
    _note_event(conversation, "closed", by)


def reopen(conversation: Conversation, *, by: Member | None) -> None:
    """Take a closed or snoozed conversation back into the open list."""
    if conversation.status == Status.OPEN:
        return
    conversation.status, conversation.snoozed_until = Status.OPEN, None
    conversation.save(update_fields=["status", "snoozed_until"])
    if not Episode.objects.filter(conversation=conversation, closed_at=None).exists():
        Episode.objects.create(conversation=conversation, assignee=conversation.assignee)
    _note_event(conversation, "reopened", by)


def snooze(conversation: Conversation, *, until: datetime, by: Member | None) -> None:
    """Hide the conversation from the open list until then, or until the patient writes."""
    if conversation.status == Status.CLOSED:
        Episode.objects.create(conversation=conversation, assignee=conversation.assignee)
    conversation.status, conversation.snoozed_until = Status.SNOOZED, until
    conversation.save(update_fields=["status", "snoozed_until"])
    _note_event(conversation, "snoozed", by, until=until.isoformat())


def mark_read(conversation: Conversation) -> bool:
    """A member has seen it; the patient is shown so. False when there was nothing unread."""
    if not Conversation.objects.filter(pk=conversation.pk, unread__gt=0).update(unread=0):
        return False
    sending.show_read_and_typing(conversation, typing=False)
    realtime.publish(realtime.topic(conversation.pk))
    return True


def mark_unread(conversation: Conversation) -> None:
    """Somebody should look at this again."""
    Conversation.objects.filter(pk=conversation.pk, unread=0).update(unread=1)
    realtime.publish(realtime.topic(conversation.pk))


def add_note(conversation: Conversation, text: str, *, author: Member, client_id: str) -> Message:
    """Write a private note into the thread; the same client id again returns the note it made."""
    note = Message(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Direction.NOTE,
        source=Message.Source.AGENT,
        kind="note",
        text=text,
        client_id=client_id,
        author=author,
    )
    try:
        with transaction.atomic():
            note.save(force_insert=True)
    except IntegrityError:
        return Message.objects.get(client_id=client_id, conversation=conversation, direction=Direction.NOTE)
    realtime.publish(realtime.topic(conversation.pk))
    return note


def _note_event(conversation: Conversation, kind: str, by: Member | None, **content) -> None:
    Message.objects.create(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Direction.EVENT,
        source=Message.Source.SYSTEM,
        kind=kind,
        content=content | {"by": by.name if by else MACHINE},
        author=by,
    )
    realtime.publish(realtime.topic(conversation.pk))
