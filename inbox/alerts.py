"""What one member wishes to hear of."""

from collections.abc import Iterable
from uuid import UUID

from clinics.models import Member

from .models import USUAL_PUSHES, AlertChoices, Event


def choices_of(member: Member) -> AlertChoices:
    """What the member has chosen; what is usual when they never did."""
    return choices_of_all([member])[member.pk]


def choices_of_all(members: Iterable[Member]) -> dict[UUID, AlertChoices]:
    """The same of several members, by their ids, in one query."""
    members = list(members)
    found = {each.member_id: each for each in AlertChoices.objects.filter(member__in=members)}
    return {member.pk: found.get(member.pk) or _usual(member) for member in members}


def _usual(member: Member) -> AlertChoices:
    return AlertChoices(member=member, pushes=list(USUAL_PUSHES), sounds=_usual_sounds(member))


def _usual_sounds(member: Member) -> list[str]:
    return [Event.MINE, Event.UNASSIGNED, Event.OTHERS, Event.MENTIONED] if member.sound else []
