"""Filters that somebody keeps: which of them a member sees, and what they stand for."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from clinics.models import Member, TeamMember

from . import listing
from .listing import Listing
from .models import SavedFilter


def visible_filters(member: Member) -> QuerySet[SavedFilter]:
    """Their own, those shared with the clinic, and those shared with a team of theirs; by name."""
    teams = TeamMember.objects.filter(member=member.pk).values("team")
    shared = Q(is_shared=True) | Q(team__in=teams)
    return SavedFilter.objects.filter(shared | Q(owner=member.pk))


def find(member: Member, pk: str) -> SavedFilter | None:
    """The one of this id, if the member sees it."""
    try:
        return visible_filters(member).filter(pk=UUID(pk)).first()
    except ValueError:
        return None


def default_of(member: Member) -> SavedFilter | None:
    """What members of this role begin with."""
    return SavedFilter.objects.filter(default_for=member.role).first()


def listing_of(kept: SavedFilter) -> Listing:
    """The list that it stands for."""
    return listing.kept_as(listing.read(QueryDict(kept.listing)), kept.pk)


def may_change(kept: SavedFilter, member: Member) -> bool:
    """Its owner may, and admins where it is shared."""
    return kept.owner_id == member.pk or (member.is_admin and (kept.is_shared or kept.team_id is not None))
