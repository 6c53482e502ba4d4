"""Who sees which conversation: the rule as a query's condition, and the same for rows at hand.

Admins, owners and agents who see "all" see every conversation; those of "team" their own, their teams', and those
nobody has yet; those of "own" what is assigned to them. The mark "sensitive" only ever narrows that: to the assignee
and the members of the team. A broken glass adds one conversation for an hour. What is being erased nobody sees.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from clinics.models import ApiToken, Member, TeamMember, Visibility

from .models import ERASING, GlassBreak

STAYS = Q(erasing_at=None)
IN_LISTS = ~Q(status=ERASING)  # the same, by what stands in the lists' indexes


def by_right(member: Member) -> Q:
    """The conversations this member sees without breaking a glass."""
    return _held_by(member) & STAYS


def _held_by(member: Member) -> Q:
    if not member.sees_all and member.visibility == Visibility.OWN:
        return Q(assignee=member.pk)
    held = Q(assignee=member.pk) | Q(team__in=TeamMember.objects.filter(member=member.pk).values("team"))
    if member.sees_all:
        return Q(is_sensitive=False) | held
    return held | Q(assignee=None, team=None, is_sensitive=False)


def seen_by(member: Member) -> Q:
    """The conversations this member sees now."""
    return (_held_by(member) | _opened_by(member)) & STAYS


def seen_with(token: ApiToken) -> Q:
    """The conversations a machine sees: all but the sensitive ones, unless its key was made for those too."""
    return STAYS if token.sees_sensitive else STAYS & Q(is_sensitive=False)


def is_false(rule: Q) -> Case:
    """True for rows that the rule does not hold for; `~rule` would be unknown where a column is null."""
    return Case(When(rule, then=Value(False)), default=Value(True))


def parts_of(member: Member) -> list[Q]:
    """seen_by() of a restricted member, cut so that each part has an index which gives it newest first."""
    opened = list(_broken_by(member).values_list("conversation_id", flat=True))
    parts = [Q(assignee=member.pk), *([Q(pk__in=opened)] if opened else [])]
    if member.visibility == Visibility.OWN:
        return parts
    teams = TeamMember.objects.filter(member=member.pk).values_list("team_id", flat=True)
    return [*parts, *(Q(team=team) for team in teams), Q(assignee=None, team=None, is_sensitive=False)]


def _opened_by(member: Member) -> Q:
    return Q(pk__in=_broken_by(member).values("conversation"))


def _broken_by(member: Member) -> QuerySet[GlassBreak]:
    return GlassBreak.objects.filter(member=member.pk, ends_at__gt=timezone.now())


@dataclass(frozen=True)
class Facts:
    """What of one conversation decides who sees it."""

    pk: UUID
    contact_id: UUID
    assignee_id: UUID | None
    team_id: UUID | None
    is_sensitive: bool


@dataclass(frozen=True)
class Sight:
    """What of one member decides what they see."""

    member_id: UUID
    is_admin: bool
    visibility: str
    teams: frozenset[UUID]
    broken: dict[UUID, datetime]  # conversation: until when

    @property
    def sees_all(self) -> bool:
        return self.is_admin or self.visibility == Visibility.ALL

    def sees(self, conversation: Facts) -> bool:
        """As seen_by() would answer."""
        until = self.broken.get(conversation.pk)
        return self._by_right(conversation) or (until is not None and until > timezone.now())

    def _by_right(self, conversation: Facts) -> bool:
        is_own = conversation.assignee_id == self.member_id
        if not self.sees_all and self.visibility == Visibility.OWN:
            return is_own
        if is_own or conversation.team_id in self.teams:
            return True
        is_nobodys = conversation.assignee_id is None and conversation.team_id is None
        return not conversation.is_sensitive and (self.sees_all or is_nobodys)
