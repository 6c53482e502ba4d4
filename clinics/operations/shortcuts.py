"""A member's own keys."""

from django.utils.translation import gettext as _

from .. import audit, shortcuts
from ..models import Member
from ..refusal import Refused


def rebind(member: Member, name: str, key: str) -> Member:
    """Let another key do this; "" for none. Raises Refused when it is no key, or already does something else."""
    command = shortcuts.COMMANDS[name]
    if key and not shortcuts.is_key(key):
        raise Refused(_("Choose a letter, a digit or a sign, alone, with Shift, or after g."))
    other = key and shortcuts.in_the_way(member, name, key)
    if other:
        words = {"key": " ".join(shortcuts.parts_of(key)), "title": other.title}
        raise Refused(_("%(key)s already does “%(title)s”. Give that another key first.") % words)
    if key == shortcuts.bindings_of(member)[name]:
        return member
    chosen = {each: held for each, held in member.shortcuts.items() if each != name}
    member.shortcuts = chosen if key == command.key else chosen | {name: key}
    return _keep(member, "shortcuts")


def reset_shortcuts(member: Member) -> Member:
    """Every key as it was in the beginning."""
    if not member.shortcuts:
        return member
    member.shortcuts = {}
    return _keep(member, "shortcuts")


def switch_shortcuts(member: Member, *, on: bool) -> Member:
    """Whether single keys do anything at all; for who speaks to the computer, or types by accident."""
    if member.shortcuts_on == on:
        return member
    member.shortcuts_on = on
    return _keep(member, "shortcuts_on")


def _keep(member: Member, field: str) -> Member:
    member.save(update_fields=[field])
    audit.record("profile.changed", member=member, target=member, detail={"changed": [field]})
    return member
