"""The conversations in which a patient wrote, one after the other: what the rules say about each, once.

`attend_at` is the ledger: intake sets it with the message, and what is done about it clears it in one transaction.
A bell only says that there is something; a sweeper rings again.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from clinic_inbox.failpoints import failpoint
from clinic_inbox.tenancy import clinic_scope
from clinics.hours import Hours
from clinics.models import Clinic
from clinics.queries import hours_of

from .. import realtime
from ..models import AnswerRules, Conversation, Episode
from ..rounds import for_each_clinic, in_batches
from . import answering, assigning, targets

BATCH = 50  # conversations in one transaction: intake waits for their rows
MOST_OFFERED = 20  # in one round; those that nobody here can take are not among them
MOST_BATCHES = 200  # in one turn
PATIENCE = timedelta(seconds=20)  # what waits longer for its bell, the sweeper takes


def attend(clinic_id: UUID) -> int:
    """Do what the rules say wherever patients wrote; returns in how many conversations."""
    return in_batches(clinic_id, _batch, size=BATCH, most=MOST_BATCHES)


def sweep() -> None:
    """In every clinic: bells that were lost, conversations that found nobody here, and what waits for the absent."""
    for_each_clinic(_sweep_clinic)


def _sweep_clinic(clinic_id: UUID) -> None:
    attend(clinic_id)
    with clinic_scope(clinic_id):
        _offer(timezone.now())


def _batch() -> int:
    """One transaction's worth."""
    due = Conversation.objects.filter(attend_at__isnull=False).order_by("attend_at")
    if not due.exists():
        return 0
    rules = AnswerRules.objects.select_for_update().first() or AnswerRules()
    due = due.select_related("contact", "assignee", "clinic", "identity", "channel")
    found = list(due.select_for_update(of=["self"], no_key=True, skip_locked=True)[:BATCH])
    if not found:
        return 0
    hours, topics = hours_of(found[0].clinic), []
    for conversation in found:
        topics += _attend_to(conversation, rules, hours, timezone.now())
    failpoint("attending")
    if topics:
        realtime.publish(*topics)
    return len(found)


def _attend_to(conversation: Conversation, rules: AnswerRules, hours: Hours, now: datetime) -> list[str]:
    """The topics of what became different."""
    since, conversation.attend_at = conversation.attend_at, None
    conversation.save(update_fields=["attend_at"])
    episode = Episode.objects.filter(conversation=conversation, closed_at=None).first()
    if episode is None:
        return []
    is_new = episode.opened_at >= since  # the patient's message opened it, not a member
    topics = assigning.assign(conversation, is_new=is_new, rules=rules, hours=hours, now=now)
    changed = [
        topics or None,
        targets.set_due(conversation, episode, rules, hours),
        answering.answer(conversation, episode, is_new=is_new, rules=rules, hours=hours, now=now),
    ]
    return [*topics, realtime.topic(conversation.pk)] if any(changed) else []


def _offer(now: datetime) -> None:
    """Waiting conversations that nobody holds go to who is here by now; so do, if wished, those of who is away."""
    rules = AnswerRules.objects.select_for_update().first()
    clinic = Clinic.objects.get(pk=rules.clinic_id) if rules and rules.is_assigning else None
    hours = clinic and hours_of(clinic)
    if hours is None or not hours.is_open(now):
        return
    waiting = Conversation.objects.filter(
        status=Conversation.Status.OPEN, waiting_since__isnull=False, is_sensitive=False, attend_at=None
    )
    waiting = waiting.select_related("contact", "assignee").order_by("waiting_since")
    waiting = waiting.select_for_update(of=["self"], no_key=True, skip_locked=True)
    topics = []
    if rules.offers_back:
        for conversation in waiting.filter(assigning.can_be_given(now), assignee__is_away=True)[
            :MOST_OFFERED
        ]:
            if assigning.choose(conversation, rules, now):  # else nobody would gain by it
                topics += [*assigning.offer_back(conversation), realtime.topic(conversation.pk)]
    for conversation in waiting.filter(assigning.can_be_given(now), assignee=None)[:MOST_OFFERED]:
        moved = assigning.assign(conversation, is_new=False, rules=rules, hours=hours, now=now)
        topics += [*moved, realtime.topic(conversation.pk)] if moved else []
    if topics:
        realtime.publish(*topics)
