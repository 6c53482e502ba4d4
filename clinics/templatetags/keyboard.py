"""The keys of the member who looks: beside a button, in its title, and all of them in the help."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .. import shortcuts

register = template.Library()
GO = "go_"


@register.simple_tag(takes_context=True)
def shortcut(context, name: str, css: str = "") -> SafeString | str:
    """The command's key as a cap; nothing when the member wants none."""
    key = _key_of(context, name)
    if not key:
        return ""
    look = format_html(' class="{}"', css) if css else ""
    return format_html('<kbd{} aria-hidden="true">{}</kbd>', look, _said(key))


@register.simple_tag(takes_context=True)
def shortcut_hint(context, name: str) -> str:
    """The command's key in brackets, to stand at the end of a title."""
    key = _key_of(context, name)
    return f" ({_said(key)})" if key else ""


@register.simple_tag
def caps(key: str) -> SafeString:
    """A key of the list as caps, one for each part."""
    parts = shortcuts.parts_of(key)
    return format_html_join(" ", "<kbd{}>{}</kbd>", ((_mod(part), part) for part in parts))


@register.simple_tag
def keyboard(member) -> SafeString:
    """The help with the member's keys, from which the page's own script reads them too."""
    return _help(tuple(shortcuts.bindings_of(member).items()), member.shortcuts_on, get_language())


@lru_cache(maxsize=200)
def _help(held: tuple, is_on: bool, _language: str) -> SafeString:
    bindings = dict(held)
    groups = [
        (group.title, [(command, bindings[command.name]) for command in group.commands], group.fixed)
        for group in shortcuts.GROUPS
    ]
    return render_to_string("_keys.html", {"groups": groups, "is_on": is_on})


def _key_of(context, name: str) -> str:
    member = context.get("member")
    on = getattr(member, "shortcuts_on", False)
    return shortcuts.bindings_of(member).get(name, "") if on else ""


def _said(key: str) -> str:
    return " ".join("".join(shortcuts.parts_of(press)) for press in key.split(" "))


def _mod(part: str) -> str:
    return " data-mod" if part == "Ctrl" else ""


@register.simple_tag
def places() -> list[tuple[str, str, str]]:
    """The lists one can go to: the command, the view's name, and what it is called."""
    views = [command for name, command in shortcuts.COMMANDS.items() if name.startswith(GO)]
    return [
        (each.name, each.name.removeprefix(GO), each.title) for each in views if each.name != "go_settings"
    ]
