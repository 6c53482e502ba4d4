"""The clinic's own tags: made, renamed, put away."""

from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused

from .. import realtime, telling
from ..models import TINTS, Tag

MOST = 300


def create_tag(name: str, *, tint: int | None = None, by: Member) -> Tag:
    """A new tag; without `tint` in the colour that is used least lately. Raises Refused."""
    _check_admin(by)
    _check_free(name)
    made = Tag.objects.count()
    if made >= MOST:
        raise Refused(_("A clinic has at most %(most)s tags. Delete one that is not used.") % {"most": MOST})
    tag = Tag.objects.create(name=name, tint=made % TINTS if tint is None else tint)
    audit.record("tag.created", member=by, target=tag, detail={"name": name})
    return tag


def change_tag(tag: Tag, *, name: str, tint: int, is_archived: bool, by: Member) -> None:
    """Another name or colour; archived, it stays where it is and is offered no more. Raises Refused."""
    _check_admin(by)
    if name.lower() != tag.name.lower():
        _check_free(name)
    before = {"name": tag.name, "tint": tag.tint, "archived": tag.is_archived}
    after = {"name": name, "tint": tint, "archived": is_archived}
    if before == after:
        return
    tag.name, tag.tint, tag.is_archived = name, tint, is_archived
    tag.save(update_fields=["name", "tint", "is_archived"])
    changed = {key: value for key, value in after.items() if value != before[key]}
    audit.record("tag.changed", member=by, target=tag, detail={"before": before["name"], **changed})
    realtime.publish(telling.EVERYBODY)  # rows everywhere may show it


def delete_tag(tag: Tag, *, by: Member) -> None:
    """Gone, also from the conversations that have it. Raises Refused."""
    _check_admin(by)
    audit.record("tag.deleted", member=by, target=tag, detail={"name": tag.name})
    tag.delete()
    realtime.publish(telling.EVERYBODY)


def _check_admin(by: Member) -> None:
    if not by.is_admin:
        raise Refused(_("Admins make and change tags."))


def _check_free(name: str) -> None:
    if Tag.objects.filter(name__iexact=name).exists():
        raise Refused(_("There is a tag called %(name)s already.") % {"name": name})
