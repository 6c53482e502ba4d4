"""One act on many conversations, each with the refusals it has alone; and taking it back.

The screens ask for some at a time, so that nobody's messages wait behind a thousand changes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clinics.models import Member
from clinics.refusal import Refused

from .. import queries, realtime
from ..models import CloseReason, Conversation
from . import handling, labelling
from .undoing import Before, remember

MOST = 50  # conversations in one request
JUST_WRITTEN = _("The patient has just written. Look at the message first.")
UNSEEN = _("You do not see this conversation any more.")


@dataclass
class Outcome:
    """What became of one act on some conversations."""

    done: list[Before] = field(default_factory=list)
    refused: list[tuple[UUID, str]] = field(default_factory=list)  # and why
    busy: list[UUID] = field(default_factory=list)  # somebody is changing them this moment: ask again


def on_each(
    pks: list[UUID], act: Callable[[Conversation, str], bool | None], *, by: Member, heard: dict
) -> Outcome:
    """Do `act(conversation, seen)` to each; `heard` says what the page had heard of each patient.

    What is locked by somebody else is left out rather than waited for: who waits for one while holding others can
    bring both to a halt.
    """
    outcome = Outcome()
    seen = queries.visible_conversations(by).filter(pk__in=pks)
    known = set(seen.values_list("pk", flat=True))
    outcome.refused = [(pk, str(UNSEEN)) for pk in pks if pk not in known]
    rows = Conversation.objects.filter(pk__in=known).order_by("pk")
    free = {row.pk: row for row in rows.select_for_update(skip_locked=True, no_key=True)}
    outcome.busy = sorted(known - free.keys())
    with realtime.as_one_change():
        for pk, conversation in free.items():
            problem, before = "", remember(conversation)
            try:
                with transaction.atomic():
                    problem = JUST_WRITTEN if act(conversation, heard.get(pk, "")) is False else ""
            except Refused as refused:
                problem = str(refused)
            if problem:
                outcome.refused.append((pk, str(problem)))
            else:
                outcome.done.append(before.followed_by(conversation))
    return outcome


def act_of(name: str, told: dict, by: Member) -> Callable[[Conversation, str], bool | None]:
    """What a screen calls `name`, with what it chose."""
    return {
        "assign": lambda each, seen: handling.assign(each, to=told["member"] or told["team"], by=by),
        "tag": lambda each, seen: labelling.tag(each, told["tags"], by=by),
        "untag": lambda each, seen: labelling.untag(each, told["tags"], by=by),
        "priority": lambda each, seen: labelling.set_priority(each, told["priority"], by=by),
        "close": partial(_close, reason=told["close_reason"], by=by),
        "snooze": lambda each, seen: handling.snooze(each, until=told["moment"], by=by, seen=seen),
        "reopen": lambda each, seen: handling.reopen(each, by=by),
        "read": lambda each, seen: _read(each, by),
        "unread": lambda each, seen: handling.mark_unread(each, by=by),
    }[name]


def _read(conversation: Conversation, by: Member) -> None:
    if not handling.sees_by_right(conversation, by):
        raise Refused(handling.NOT_YOURS)
    handling.mark_read(conversation)


def _close(conversation: Conversation, seen: str, *, reason: CloseReason | None, by: Member) -> bool:
    return handling.close(conversation, by=by, seen=seen, reason=reason)
