"""Until when a waiting patient is to be answered, in business time, and whether they were."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from clinics.hours import Hours
from clinics.queries import hours_of

from ..models import AnswerRules, Conversation, Episode, TeamTarget

SOON = 0.75  # of the time is used: the row turns amber
NOT_DUE = {"reply_due_at": None, "reply_soon_at": None}


def set_due(conversation: Conversation, episode: Episode, rules: AnswerRules, hours: Hours) -> bool:
    """Note until when the patient's wait is to end. False when that is known, or there is no target."""
    if conversation.waiting_since is None or conversation.reply_due_at is not None:
        return False
    minutes = _minutes(conversation, episode, rules)
    if not minutes:
        return False
    target = timedelta(minutes=minutes)
    due = hours.after(conversation.waiting_since, target)
    if due is None:
        return False
    conversation.reply_due_at = due
    conversation.reply_soon_at = hours.after(conversation.waiting_since, target * SOON)
    conversation.save(update_fields=["reply_due_at", "reply_soon_at"])
    return True


def follow_team(conversation: Conversation) -> None:
    """Another team has it now: until when a patient who waits is to be answered follows from that team's target."""
    if conversation.waiting_since is None or not TeamTarget.objects.exists():
        return
    episode = Episode.objects.filter(conversation=conversation, closed_at=None).first()
    conversation.reply_due_at = conversation.reply_soon_at = None
    rules, hours = AnswerRules.objects.first() or AnswerRules(), hours_of(conversation.clinic)
    if episode is None or not set_due(conversation, episode, rules, hours):
        conversation.save(update_fields=["reply_due_at", "reply_soon_at"])


def _minutes(conversation: Conversation, episode: Episode, rules: AnswerRules) -> int | None:
    """The target of its team, or else the clinic's."""
    name = "next_reply_minutes" if episode.first_reply_at else "first_reply_minutes"
    own = TeamTarget.objects.filter(team=conversation.team_id).first() if conversation.team_id else None
    return getattr(own, name, None) or getattr(rules, name)


def note_answers(due: dict[UUID, datetime], at: datetime) -> None:
    """These conversations, which had until then, were answered at that moment: kept with their episodes."""
    met = [pk for pk, until in due.items() if at <= until]
    missed = [pk for pk, until in due.items() if at > until]
    open_ones = Episode.objects.filter(closed_at=None)
    if met:
        open_ones.filter(conversation__in=met).update(replies_met=F("replies_met") + 1)
    if missed:
        open_ones.filter(conversation__in=missed).update(replies_missed=F("replies_missed") + 1)


def recount(episode_id: UUID, due: datetime, at: datetime, *, by: int) -> None:
    """One answer at that moment more or less in an episode: `by` is 1, or -1 for one that was taken back."""
    name = "replies_met" if at <= due else "replies_missed"
    Episode.objects.filter(pk=episode_id, **{f"{name}__gte": max(0, -by)}).update(**{name: F(name) + by})
