"""What members do with a conversation besides answering it. All run inside clinic_scope().

`by` is None when a machine asked. What changes a conversation's state locks its row and reads it anew: a message may
have come in since the caller read it.

All but reading and noting raise Refused when `by` sees the conversation by emergency access only: what they change
could keep it theirs to see, or hide it from those who look after it.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics import audit
from clinics.models import Member, Role, Team, Visibility
from clinics.refusal import Refused

from .. import notices, realtime, sight, telling
from ..attending import targets
from ..models import AnswerRules, CloseReason, Conversation, Episode, Letter, Message
from . import noting, sending

Direction = Message.Direction
Status = Conversation.Status
MOVING = ["status", "snoozed_until", "waiting_since", "unread", "last_inbound_at", "assignee", "team"]
MOVING += ["is_sensitive", "priority"]
CLOSING = ["status", "snoozed_until", "waiting_since", "unread"]
MACHINE = "API"  # what the thread says instead of a member's name
NOT_YOURS = gettext_lazy(
    "Emergency access lets you read and answer. Ask whoever looks after this conversation, or an admin, for the rest."
)


def assign(conversation: Conversation, *, to: Member | Team | None, by: Member | None) -> None:
    """Give the conversation to a member, to a team (then nobody of it holds it yet), or to nobody.

    Raises Refused when nobody at all would see a sensitive one.
    """
    _lock(conversation)
    if not may_assign(conversation, by):
        raise Refused(NOT_YOURS)
    member = to if isinstance(to, Member) else None
    team = to if isinstance(to, Team) else None
    if member and conversation.team_id and member.teams.filter(pk=conversation.team_id).exists():
        team = conversation.team  # taking work from the own team's pile leaves it the team's
    if (conversation.assignee_id, conversation.team_id) == (member and member.pk, team and team.pk):
        return
    if conversation.is_sensitive and to is None:
        raise Refused(
            _("A sensitive conversation needs somebody who sees it. Assign it to a member or a team.")
        )
    _put(conversation, member, team, by)


def give(conversation: Conversation, to: Member | Team, *, by: Member) -> None:
    """Hand it over because who holds it ends: `by` need not see it, and the team does not keep it."""
    _lock(conversation)
    is_member = isinstance(to, Member)
    _put(conversation, to if is_member else None, None if is_member else to, by)


def _put(conversation: Conversation, member: Member | None, team: Team | None, by: Member | None) -> None:
    losing, to = telling.left(conversation), member or team
    is_another_teams = conversation.team_id != (team and team.pk)
    conversation.assignee, conversation.team = member, team
    conversation.save(update_fields=["assignee", "team"])
    if is_another_teams:
        targets.follow_team(conversation)
    Episode.objects.filter(conversation=conversation, closed_at=None).update(assignee=member)
    event = note_event(conversation, "assigned" if to else "unassigned", by, losing, to=str(to) if to else "")
    if member and member != by:
        notices.note(Letter.ASSIGNED, event, [member])


def mark_sensitive(conversation: Conversation, *, by: Member) -> None:
    """From now on its assignee and the members of its team see it, nobody else; `by` takes what nobody has."""
    lock_to_change(conversation, by)
    if conversation.is_sensitive:
        return
    if not conversation.assignee_id and not conversation.team_id:
        assign(conversation, to=by, by=by)
    _set_sensitive(conversation, True, by)


def unmark_sensitive(conversation: Conversation, *, by: Member) -> None:
    """Let everybody see it again whom their visibility allows."""
    lock_to_change(conversation, by)
    if conversation.is_sensitive:
        _set_sensitive(conversation, False, by)


def _set_sensitive(conversation: Conversation, is_sensitive: bool, by: Member) -> None:
    conversation.is_sensitive = is_sensitive
    conversation.save(update_fields=["is_sensitive"])
    kind = "marked_sensitive" if is_sensitive else "unmarked_sensitive"
    audit.record(f"conversation.{kind}", member=by, target=conversation)
    note_event(conversation, kind, by, [telling.EVERYBODY])


def close(
    conversation: Conversation,
    *,
    by: Member | None,
    seen: str = "",
    reason: CloseReason | None = None,
    why: str = "",
) -> bool:
    """Done for now. The patient's next message opens it again.

    `seen` is the conversation's `heard` as the member's page showed it: False, and nothing is done, when the patient
    has written since. A machine that saw no page sends none. Raises Refused when the clinic wants a reason and a
    member gives none.
    """
    lock_to_change(conversation, by)
    if seen not in ("", conversation.heard):
        return False
    if conversation.status == Status.CLOSED:
        return True
    if reason is None and by is not None:
        _check_reason_is_optional()
    conversation.status, conversation.snoozed_until = Status.CLOSED, None
    conversation.waiting_since, conversation.unread = None, 0
    conversation.reply_due_at = conversation.reply_soon_at = conversation.attend_at = None
    conversation.save(update_fields=[*CLOSING, *targets.NOT_DUE, "attend_at"])
    Episode.objects.filter(conversation=conversation, closed_at=None).update(
        closed_at=timezone.now(), closed_by=by, close_reason=reason, close_note=why
    )
    told = {"reason": reason.name} if reason else {}
    note_event(conversation, "closed", by, **(told | {"note": why} if why else told))
    return True


def _check_reason_is_optional() -> None:
    rules = AnswerRules.objects.filter(asks_reason=AnswerRules.Reason.REQUIRED)
    if rules.exists() and CloseReason.objects.filter(dropped_at=None).exists():
        raise Refused(_("Choose why the conversation is closed."))


def reopen(conversation: Conversation, *, by: Member | None) -> None:
    """Take a closed or snoozed conversation back into the open list."""
    lock_to_change(conversation, by)
    if conversation.status == Status.OPEN:
        return
    conversation.status, conversation.snoozed_until = Status.OPEN, None
    conversation.save(update_fields=["status", "snoozed_until"])
    _begin_episode(conversation)
    note_event(conversation, "reopened", by)


def snooze(conversation: Conversation, *, until: datetime, by: Member | None, seen: str = "") -> bool:
    """Hide the conversation from the open list until then, or until the patient writes. `seen` as in close()."""
    lock_to_change(conversation, by)
    if seen not in ("", conversation.heard):
        return False
    _begin_episode(conversation)
    conversation.status, conversation.snoozed_until = Status.SNOOZED, until
    conversation.save(update_fields=["status", "snoozed_until"])
    note_event(conversation, "snoozed", by, until=until.isoformat())
    return True


def mark_read(conversation: Conversation) -> bool:
    """A member has seen it; the patient is shown so. False when there was nothing unread."""
    if not Conversation.objects.filter(pk=conversation.pk, unread__gt=0).update(unread=0):
        return False
    sending.show_read_and_typing(conversation, typing=False)
    realtime.publish(realtime.topic(conversation.pk))
    return True


def mark_unread(conversation: Conversation, *, by: Member | None) -> None:
    """Somebody should look at this again."""
    if not sees_by_right(conversation, by):
        raise Refused(NOT_YOURS)
    Conversation.objects.filter(pk=conversation.pk, unread=0).update(unread=1)
    realtime.publish(realtime.topic(conversation.pk))


def add_note(
    conversation: Conversation, text: str, *, author: Member, client_id: str, answers: Message | None = None
) -> Message:
    """Write a private note into the thread; the same client id again returns the note it made.

    `answers` is a note of the conversation, or one in the thread below it: who took part there is told. Raises Refused
    when it is none or its thread is full, and when the text calls a colleague by `@` who does not see the conversation.
    """
    made = Message.objects.filter(client_id=client_id, conversation=conversation, direction=Direction.NOTE)
    if (again := made.first()) is not None:
        return again
    first = noting.thread_to_join(answers) if answers else None
    names, called = noting.mentioned_in(conversation, text, by=author)
    note = Message(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Direction.NOTE,
        source=Message.Source.AGENT,
        kind="note",
        text=text,
        content={"mentions": names} if names else {},
        client_id=client_id,
        author=author,
    )
    try:
        with transaction.atomic():
            note.save(force_insert=True)
    except IntegrityError:
        return made.get()
    noting.mention(note, called)
    if first:
        noting.join_thread(note, first, called)
    realtime.publish(realtime.topic(conversation.pk))
    return note


def may_assign(conversation: Conversation, by: Member | None) -> bool:
    """Whether `by` may say who looks after it: they see it by right, or are an admin and nobody at work holds it."""
    if sees_by_right(conversation, by):
        return True
    return by.is_admin and not _holders(conversation).exists()


def sees_by_right(conversation: Conversation, by: Member | None) -> bool:
    """False for a member who sees it because they broke the glass, or not at all."""
    return by is None or Conversation.objects.filter(sight.by_right(by), pk=conversation.pk).exists()


def _holders(conversation: Conversation):
    """Who works here and holds it: its assignee, and those of its team whom their own visibility lets see it."""
    held = Q(pk=conversation.assignee_id)
    if conversation.team_id:
        held |= Q(teams=conversation.team_id) & ~Q(role=Role.AGENT, visibility=Visibility.OWN)
    return Member.objects.filter(held, is_active=True)


def lock_to_change(conversation: Conversation, by: Member | None) -> None:
    """Nobody else moves it until the transaction ends. Raises Refused when `by` may only read and answer."""
    _lock(conversation)
    if not sees_by_right(conversation, by):
        raise Refused(NOT_YOURS)


def _lock(conversation: Conversation) -> None:
    """Until the transaction ends nobody else moves this conversation; the object at hand is made up to date."""
    rows = Conversation.objects.select_for_update(no_key=True)
    conversation.refresh_from_db(fields=MOVING, from_queryset=rows)


def _begin_episode(conversation: Conversation) -> None:
    if not Episode.objects.filter(conversation=conversation, closed_at=None).exists():
        Episode.objects.create(conversation=conversation, assignee=conversation.assignee)


def note_event(conversation: Conversation, kind: str, by: Member | None, topics=(), **content) -> Message:
    """A line in the thread about what `by` did, told to the screens with these topics besides its own."""
    event = Message.objects.create(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Direction.EVENT,
        source=Message.Source.SYSTEM,
        kind=kind,
        content=content | {"by": by.name if by else MACHINE},
        author=by,
    )
    realtime.publish(realtime.topic(conversation.pk), *topics)
    return event
