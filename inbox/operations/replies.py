"""Saved replies: made, changed, deleted and brought back, and counted when used. All run inside clinic_scope()."""

from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member, Team
from clinics.refusal import Refused, check_room

from .. import saved_replies
from ..models import SavedReply, SavedReplyTeam, SavedReplyUse

MOST_SHARED, MOST_OWN = 1000, 300  # of a clinic, of a member; what was deleted does not count


@dataclass(frozen=True)
class Wording:
    """What a saved reply is to be. Without teams everybody gets a shared one."""

    title: str
    bodies: dict[str, str]  # language: text
    shortcut: str = ""
    is_shared: bool = False
    teams: list[Team] = field(default_factory=list)


def create_reply(wording: Wording, *, by: Member | None) -> SavedReply:
    """A new saved reply: the clinic's, or `by`'s own. Raises Refused when its shortcut is taken, or no room is left."""
    reply = SavedReply(owner=None if wording.is_shared else by)
    _check_room(reply)
    return _save(reply, wording, by, "saved_reply.created")


def change_reply(reply: SavedReply, wording: Wording, *, by: Member) -> SavedReply:
    """Another wording, another name, other teams, or everybody's instead of one's own. Raises Refused as above."""
    owner = None if wording.is_shared else by
    if reply.owner != owner:
        reply.owner = owner
        _check_room(reply)
    return _save(reply, wording, by, "saved_reply.changed")


def delete_reply(reply: SavedReply, *, by: Member) -> None:
    """Take it from every list. It can be brought back for thirty days."""
    if reply.deleted_at is None:
        reply.deleted_at = timezone.now()
        reply.save(update_fields=["deleted_at"])
        _record("saved_reply.deleted", reply, by)


def restore_reply(reply: SavedReply, *, by: Member) -> None:
    """Bring a deleted one back. Raises Refused when its shortcut or its room was taken meanwhile."""
    if reply.deleted_at is not None:
        _check_room(reply)
        _check_shortcut(reply)
        reply.deleted_at = None
        reply.save(update_fields=["deleted_at"])
        _record("saved_reply.restored", reply, by)


def count_use(reply: SavedReply, *, by: Member) -> None:
    """The member put it into an answer."""
    use, _is_new = SavedReplyUse.objects.get_or_create(reply=reply, member=by)
    SavedReplyUse.objects.filter(pk=use.pk).update(count=F("count") + 1, last_used_at=timezone.now())


def _save(reply: SavedReply, wording: Wording, by: Member | None, action: str) -> SavedReply:
    reply.title, reply.shortcut, reply.bodies = wording.title, wording.shortcut.lower(), wording.bodies
    reply.is_for_teams = bool(wording.is_shared and wording.teams)
    reply.changed_at = timezone.now()
    _check_shortcut(reply)
    reply.save()
    SavedReplyTeam.objects.filter(reply=reply).delete()
    if reply.is_for_teams:
        SavedReplyTeam.objects.bulk_create(SavedReplyTeam(reply=reply, team=team) for team in wording.teams)
    _record(action, reply, by)
    return reply


def _check_room(reply: SavedReply) -> None:
    others = SavedReply.objects.filter(owner=reply.owner_id, deleted_at=None).exclude(pk=reply.pk)
    check_room(others.count(), MOST_SHARED if reply.owner_id is None else MOST_OWN)


def _check_shortcut(reply: SavedReply) -> None:
    """One shortcut means one reply to whoever types it: among the clinic's, and among one's own."""
    if not reply.shortcut:
        return
    others = SavedReply.objects.filter(deleted_at=None, shortcut=reply.shortcut).exclude(pk=reply.pk)
    taken = others.filter(owner=reply.owner_id) if reply.owner_id else others.filter(owner=None)
    if found := taken.first() or (
        reply.owner_id and saved_replies.shared_replies().filter(shortcut=reply.shortcut).first()
    ):
        raise Refused(
            _("The shortcut /%(shortcut)s belongs to “%(title)s” already.")
            % {"shortcut": reply.shortcut, "title": found.title}
        )


def _record(action: str, reply: SavedReply, by: Member | None) -> None:
    """Of one's own only that it was done: its title may be anything."""
    detail = {"title": reply.title} if reply.owner_id is None else {"own": "yes"}
    audit.record(action, member=by, target=reply, detail=detail)
