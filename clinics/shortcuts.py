"""What single keys do: one list for the keys themselves, the help, the settings page and the hints beside buttons.

A key is one sign as it is typed ("e", "!", "?"), a letter with Shift ("shift+e"), or two after another ("g m").
Letters are told by what they are on the member's layout; see static/js/keys.js for layouts without Latin letters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .models import Member

GO = "g"  # the first of two
KEY = re.compile(rf"(?:{GO} )?(?:shift\+[^\W\d_A-Z]|[^\sA-Z])")


@dataclass(frozen=True)
class Command:
    """Something that a key does. The page's module, or the button marked data-does="name", does it."""

    name: str
    key: str  # unless a member chose another
    title: str


@dataclass(frozen=True)
class Group:
    """Commands that are listed together, and keys that cannot be changed because no single letter is among them."""

    title: str
    commands: tuple[Command, ...]
    fixed: tuple[tuple[str, str], ...] = ()  # keys as they are shown, what they do


GROUPS = (
    Group(
        _("List"),
        (
            Command("next", "j", _("Next conversation")),
            Command("previous", "k", _("Previous conversation")),
            Command("select", "x", _("Select the conversation")),
            Command("select_next", "shift+j", _("Select on")),
            Command("select_previous", "shift+k", _("Select back")),
            Command("undo", "z", _("Take back what is being sent")),
            Command("filter", "f", _("Filter the list")),
            Command("search", "/", _("Search")),
        ),
        ((_("Enter"), _("Open the chosen conversation")), ("Esc", _("Leave the field, close what is open"))),
    ),
    Group(
        _("Conversation"),
        (
            Command("reply", "r", _("Reply")),
            Command("note", "n", _("Private note")),
            Command("answer_note", "shift+n", _("Answer the last private note")),
            Command("assign", "a", _("Assign to me")),
            Command("close", "e", _("Close, or reopen")),
            Command("close_next", "shift+e", _("Close, and open the next")),
            Command("snooze", "s", _("Snooze")),
            Command("tags", "l", _("Tags")),
            Command("priority", "!", _("Priority")),
            Command("unread", "u", _("Mark unread")),
            Command("panel", "p", _("Patient panel")),
        ),
        (("mod+F", _("Find in this conversation; again for the browser's own")),),
    ),
    Group(
        _("Writing"),
        (),
        (
            (_("Enter"), _("Send")),
            ("shift+" + _("Enter"), _("New line")),
            ("mod+" + _("Enter"), _("Send")),
            ("mod+shift+" + _("Enter"), _("Send, and close the conversation")),
            ("/", _("Saved replies; // for templates")),
            ("@", _("In a note: call a colleague")),
        ),
    ),
    Group(
        _("Go to"),
        (
            Command("go_mine", "g m", pgettext_lazy("list of conversations", "Mine")),
            Command("go_team", "g t", pgettext_lazy("list of conversations", "My teams")),
            Command("go_unassigned", "g u", pgettext_lazy("list of conversations", "Unassigned")),
            Command("go_unread", "g r", pgettext_lazy("list of conversations", "Unread")),
            Command("go_waiting", "g w", pgettext_lazy("list of conversations", "Waiting")),
            Command("go_overdue", "g o", pgettext_lazy("list of conversations", "Overdue")),
            Command("go_all", "g a", pgettext_lazy("list of conversations", "All")),
            Command("go_mentions", "g e", pgettext_lazy("list of conversations", "Mentions")),
            Command("go_snoozed", "g s", pgettext_lazy("list of conversations", "Snoozed")),
            Command("go_closed", "g c", pgettext_lazy("list of conversations", "Closed")),
            Command("go_settings", "g ,", _("Settings")),
        ),
    ),
    Group(
        _("Everywhere"),
        (Command("help", "?", _("This list of keys")),),
        (("mod+K", _("Everything you can do, and every patient")),),
    ),
)
COMMANDS = {command.name: command for group in GROUPS for command in group.commands}


def bindings_of(member: Member) -> Mapping[str, str]:
    """The key of each command for this member, "" where they want none."""
    chosen = member.shortcuts
    return {name: chosen.get(name, command.key) for name, command in COMMANDS.items()}


def is_key(text: str) -> bool:
    """It can be pressed and kept: one sign, a letter with Shift, or the first of two and one of those."""
    return bool(KEY.fullmatch(text)) and text.isprintable()


def in_the_way(member: Member, name: str, key: str) -> Command | None:
    """The other command that would be meant, too, when `name` had this key."""
    others = {other: held for other, held in bindings_of(member).items() if held and other != name}
    for other, held in others.items():
        if held == key or held.startswith(key + " ") or key.startswith(held + " "):
            return COMMANDS[other]
    return None


def parts_of(key: str) -> list[str]:
    """A key as its caps are drawn: "shift+e" as ⇧ and E, "g m" as g and m."""
    return [part for press in key.split(" ") for part in _caps(press)]


def _caps(press: str) -> list[str]:
    *held, last = press.split("+") if len(press) > 1 else [press]
    names = {"shift": "⇧", "mod": "Ctrl"}
    return [*(names[each] for each in held), last.upper() if held and len(last) == 1 else last]
