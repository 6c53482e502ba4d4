"""Calling somebody when a patient waits too long: first who is on call, then the admins.

Each step once for each wait: an Escalation row, the notices and the line in the thread are one transaction.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from clinics.models import Clinic, Member
from clinics.queries import active_members, hours_of

from . import notices, realtime, telling
from .attending.assigning import note
from .models import Conversation, Escalation, Notice, OnCall, OnCallRules

Step = Escalation.Step
MINUTE = timedelta(minutes=1)
OLDEST = timedelta(days=7)  # a wait that began before is known by now
MOST = 20  # in one round


def on_call() -> QuerySet[Member]:
    """Who is called, by name; only who still works here."""
    return active_members().filter(pk__in=OnCall.objects.values("member")).order_by("name")


def escalate(clinic: Clinic, now: datetime) -> int:
    """Call whoever is to be called now; returns for how many patients. Inside a scope of its own."""
    rules = OnCallRules.objects.first()
    if rules is None:
        return 0
    called = [(each, Step.ON_CALL) for each in _due_on_call(rules, clinic, now)]
    called += [(each, Step.ADMINS) for each in _due_admins(rules, now)]
    if not called:
        return 0
    members = list(active_members())
    look = telling.look([realtime.topic(each.pk) for each, _ in called], [member.pk for member in members])
    facts = {each.pk: each for each in look.conversations}
    chosen = set(OnCall.objects.values_list("member", flat=True))
    for conversation, step in called:
        seeing = [member for member in members if look.sees(member.pk, facts[conversation.pk])]
        _call(conversation, step, _recipients(conversation, seeing, step, chosen))
    realtime.publish(*(realtime.topic(each.pk) for each, _ in called))
    return len(called)


def _due_on_call(rules: OnCallRules, clinic: Clinic, now: datetime) -> list[Conversation]:
    if rules.inside_minutes is None and rules.outside_minutes is None:
        return []
    is_open = hours_of(clinic).is_open(now)
    minutes = rules.inside_minutes if is_open else rules.outside_minutes
    if minutes is None:
        return []
    kinds = Q(priority=Conversation.Priority.URGENT) if rules.on_urgent else Q(pk=None)
    kinds |= Q(reply_due_at__lte=now) if rules.on_overdue else Q(pk=None)
    waiting = notices.waiting().filter(kinds, waiting_since__range=(now - OLDEST, now - minutes * MINUTE))
    return _locked(waiting.filter(~_was_called(Step.ON_CALL)))


def _due_admins(rules: OnCallRules, now: datetime) -> list[Conversation]:
    if rules.admins_minutes is None:
        return []
    until = now - rules.admins_minutes * MINUTE
    told = _was_called(Step.ON_CALL, created_at__range=(now - OLDEST, until))
    return _locked(notices.waiting().filter(told, ~_was_called(Step.ADMINS)))


def _was_called(step: int, **bounds) -> Exists:
    """For the wait that is on now."""
    same = Escalation.objects.filter(
        conversation=OuterRef("pk"), waiting_since=OuterRef("waiting_since"), step=step, **bounds
    )
    return Exists(same)


def _locked(waiting: QuerySet[Conversation]) -> list[Conversation]:
    """Nobody answers, closes or calls for them meanwhile."""
    rows = waiting.order_by("waiting_since")
    return list(rows.select_for_update(of=["self"], no_key=True, skip_locked=True)[:MOST])


def _recipients(
    conversation: Conversation, seeing: list[Member], step: int, chosen: Iterable
) -> list[Member]:
    """Of those who see it: who is called. Whoever does not see it may not learn of it."""
    admins = [member for member in seeing if member.is_admin]
    if step == Step.ADMINS:
        return admins
    called = [member for member in seeing if member.pk in chosen]
    holders = [
        member for member in seeing if conversation.is_sensitive or member.pk == conversation.assignee_id
    ]
    return called or holders or admins


def _call(conversation: Conversation, step: int, members: list[Member]) -> None:
    _escalation, is_new = Escalation.objects.get_or_create(
        conversation=conversation, waiting_since=conversation.waiting_since, step=step
    )
    if not is_new:  # another worker has just done so
        return
    event = Notice.ON_CALL if step == Step.ON_CALL else Notice.UNANSWERED
    notices.call(conversation, members, event)
    if members:
        note(conversation, "escalated", to=", ".join(member.name for member in members))
