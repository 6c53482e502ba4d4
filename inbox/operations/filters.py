"""Keeping filters, for oneself or shared. A shared one names what is looked for, never who sees it."""

from django.db import transaction
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member, Team, TeamMember
from clinics.refusal import Refused

from ..models import SavedFilter
from ..saved_filters import may_change

MOST = 100  # of one member


def save_filter(name: str, listing: str, *, share: Team | str | None, by: Member) -> SavedFilter:
    """Keep a list under a name. `share` is a team, "clinic", or None for oneself. Raises Refused."""
    _check_share(share, by)
    if SavedFilter.objects.filter(owner=by).count() >= MOST:
        raise Refused(_("You keep a hundred filters already. Delete one first."))
    kept = SavedFilter.objects.create(name=name, listing=listing, owner=by, **_shared(share))
    _record("filter.saved", kept, by)
    return kept


def change_filter(
    kept: SavedFilter, *, name: str, share: Team | str | None, default_for: str, by: Member, listing: str = ""
) -> None:
    """Another name, other readers, another list. Raises Refused when it is not theirs to change."""
    _check(kept, by)
    if (kept.team or ("clinic" if kept.is_shared else None)) != share:
        _check_share(share, by)
    kept.name, kept.listing = name, listing or kept.listing
    kept.is_shared, kept.team = share == "clinic", share if isinstance(share, Team) else None
    kept.default_for = default_for if by.is_admin and kept.is_shared else ""
    with transaction.atomic():
        if kept.default_for:
            SavedFilter.objects.filter(default_for=kept.default_for).exclude(pk=kept.pk).update(
                default_for=""
            )
        kept.save()
    _record("filter.changed", kept, by)


def delete_filter(kept: SavedFilter, *, by: Member) -> None:
    """It is gone for everybody who saw it. Raises Refused when it is not theirs to delete."""
    _check(kept, by)
    _record("filter.deleted", kept, by)
    kept.delete()


def _check(kept: SavedFilter, by: Member) -> None:
    if not may_change(kept, by):
        raise Refused(_("Only who made this filter, or an admin, may change it."))


def _check_share(share: Team | str | None, by: Member) -> None:
    if share == "clinic" and not by.is_admin:
        raise Refused(
            _("Admins share filters with the whole clinic. You may share yours with a team of yours.")
        )
    is_theirs = by.is_admin or not isinstance(share, Team)
    if not is_theirs and not TeamMember.objects.filter(team=share, member=by).exists():
        raise Refused(_("You may share filters with teams of yours only."))


def _shared(share: Team | str | None) -> dict:
    return {"is_shared": share == "clinic", "team": share if isinstance(share, Team) else None}


def _record(action: str, kept: SavedFilter, by: Member) -> None:
    """Names of what somebody keeps for themselves are their own."""
    is_shared = kept.is_shared or kept.team_id is not None
    detail = {"name": kept.name, "shared": "yes"} if is_shared else {}
    audit.record(action, member=by, target=kept, detail=detail)
