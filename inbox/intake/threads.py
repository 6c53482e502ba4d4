"""What new messages do to their conversations."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone

from clinic_inbox.tenancy import current_clinic_id

from .. import bells
from ..attending import targets
from ..models import ENTRY_POINT_WINDOW, PREVIEW, AnswerRules, Episode
from .statements import as_json, ask

# A patient's message reopens; an answer from the phone app ends the waiting, unless the patient wrote again after it
# and that came before; imported history only sorts the list.
MOVE_CONVERSATIONS = """
UPDATE inbox_conversation c SET
    last_message_at = greatest(c.last_message_at, t.last_at),
    last_inbound_at = greatest(c.last_inbound_at, t.last_inbound_at),
    entry_point_until = greatest(c.entry_point_until, t.entry_point_until),
    status = CASE WHEN t.inbound > 0 THEN 'open' ELSE c.status END,
    snoozed_until = CASE WHEN t.inbound > 0 THEN NULL ELSE c.snoozed_until END,
    unread = CASE WHEN t.answered_at >= coalesce(c.last_inbound_at, t.answered_at) THEN t.unread
        ELSE c.unread + t.unread END,
    waiting_since = CASE WHEN t.answered_at >= coalesce(c.last_inbound_at, t.answered_at) THEN t.waiting_since
        ELSE least(c.waiting_since, t.waiting_since) END,
    reply_due_at = CASE WHEN t.answered_at >= coalesce(c.last_inbound_at, t.answered_at) THEN NULL
        ELSE c.reply_due_at END,
    reply_soon_at = CASE WHEN t.answered_at >= coalesce(c.last_inbound_at, t.answered_at) THEN NULL
        ELSE c.reply_soon_at END,
    attend_at = CASE WHEN t.inbound > 0 AND %(attends)s THEN coalesce(c.attend_at, %(now)s) ELSE c.attend_at END,
    preview = CASE WHEN t.last_at >= c.last_message_at THEN t.preview ELSE c.preview END,
    preview_kind = CASE WHEN t.last_at >= c.last_message_at THEN t.preview_kind ELSE c.preview_kind END,
    preview_direction = CASE WHEN t.last_at >= c.last_message_at THEN t.preview_direction
        ELSE c.preview_direction END
FROM json_to_recordset(%(rows)s) AS t(id uuid, last_at timestamptz, last_inbound_at timestamptz,
    entry_point_until timestamptz, inbound int, unread int, answered_at timestamptz, waiting_since timestamptz,
    preview text, preview_kind text, preview_direction text)
WHERE c.id = t.id RETURNING c.id, old.status, new.status,
    CASE WHEN new.reply_due_at IS NULL THEN old.reply_due_at END, t.answered_at,
    t.answered_at >= coalesce(old.last_inbound_at, t.answered_at)
"""


def move(rows: list) -> None:
    """Move the conversations of these new rows of messages: what the list shows, who waits, what is open.

    Where patients wrote, and the clinic has rules for that, inbox/attending is asked to look.
    """
    by_conversation = defaultdict(list)
    for row in rows:
        by_conversation[row.conversation_id].append(row)
    moves = [_Move(conversation_id, group) for conversation_id, group in by_conversation.items()]
    now, attends = timezone.now(), any(move.inbound for move in moves) and AnswerRules.objects.exists()
    told = as_json([move.columns() for move in moves])
    changed = ask(MOVE_CONVERSATIONS, rows=told, attends=attends, now=now)
    for pk, _before, _after, due, answered_at, _is_newest in changed:
        if due:
            targets.note_answers({pk: due}, answered_at)
    reopened = [pk for pk, before, after, *_ in changed if before == "closed" and after == "open"]
    Episode.objects.bulk_create(Episode(conversation_id=pk) for pk in reopened)
    answered = {pk: answered_at for pk, _before, _after, _due, answered_at, is_newest in changed if is_newest}
    _note_first_replies(moves, answered, reopened)
    if attends:
        bells.ring(bells.ATTEND, current_clinic_id())


def _note_first_replies(moves: list, answered: dict[UUID, datetime], reopened: list[UUID]) -> None:
    """Whoever was answered from the phone app has their first reply, unless these messages begin an episode after it.

    It counts from when the episode began here: after a backlog both come at once.
    """
    for move in moves:
        at = answered.get(move.id)
        if at is None or (move.id in reopened and move.inbound[0].event.sent_at > at):
            continue
        waiting = Episode.objects.filter(conversation=move.id, closed_at=None, first_reply_at=None)
        waiting.update(first_reply_at=Greatest("opened_at", Value(at)))


class _Move:
    """What new messages do to their conversation."""

    def __init__(self, conversation_id: UUID, rows: list):
        rows.sort(key=lambda row: row.shown_at)
        self.id = conversation_id
        self.last = rows[-1]
        talk = [row for row in rows if row.is_talk]
        answers = [at for at, row in enumerate(talk) if row.direction == "out"]
        self.inbound = [row for row in talk if row.direction == "in"]
        self.answered_at = talk[answers[-1]].event.sent_at if answers else None
        self.unanswered = [row for row in talk[answers[-1] + 1 if answers else 0 :] if row.direction == "in"]

    @property
    def waiting_since(self) -> datetime | None:
        return self.unanswered[0].event.sent_at if self.unanswered else None

    @property
    def last_inbound_at(self) -> datetime | None:
        return self.inbound[-1].event.sent_at if self.inbound else None

    @property
    def entry_point_until(self) -> datetime | None:
        from_ads = [row.event.sent_at for row in self.inbound if row.event.referral]
        return from_ads[-1] + ENTRY_POINT_WINDOW if from_ads else None

    def columns(self) -> dict:
        """The row for MOVE_CONVERSATIONS."""
        return {
            "id": self.id,
            "last_at": self.last.shown_at,
            "last_inbound_at": self.last_inbound_at,
            "entry_point_until": self.entry_point_until,
            "inbound": len(self.inbound),
            "unread": len(self.unanswered),
            "answered_at": self.answered_at,
            "waiting_since": self.waiting_since,
            "preview": self.last.event.text[:PREVIEW],
            "preview_kind": self.last.event.kind,
            "preview_direction": self.last.direction,
        }
