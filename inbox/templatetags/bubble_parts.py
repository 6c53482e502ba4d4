"""Rows and bubbles, drawn once: lists and threads are drawn again with every hint, and hardly anything changed."""

import json
import time
from dataclasses import dataclass, field
from functools import cache, lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from integrations.whatsapp.limits import FILES

register = template.Library()
# What a browser is told before it uploads: how many bytes a type may have.
LIMITS = {type_: most for most, types in FILES.values() for type_ in types}
ANY = "00000000-0000-0000-0000-000000000000"


MOST_KEPT = 4000  # drawn rows, and as many bubbles, per process; about 2 kB each
KEPT_SECONDS = 3600  # then all is forgotten as soon as anything is drawn: an erased patient, too
_kept = {"since": time.monotonic()}


@dataclass(frozen=True)
class _Sight:
    """Something to draw; equal to another when it would look the same."""

    look: tuple
    values: dict = field(compare=False)


@register.simple_tag
def drawn(bubble) -> SafeString:
    """The bubble's element, with the line of its day above it when it begins one."""
    _forget_old()
    return _draw_message(_Sight(bubble.look, {"bubble": bubble}))


@register.simple_tag
def drawn_row(row, query: str = "") -> SafeString:
    """A conversation's element in its list, or among what `query` found."""
    _forget_old()
    values = {"row": row, "conversation": row.conversation, "listing": row.listing, "query": query}
    return _draw_row(_Sight((*row.look, row.listing.address, query), values))


def _forget_old() -> None:
    if time.monotonic() - _kept["since"] > KEPT_SECONDS:
        _kept["since"] = time.monotonic()
        _draw_message.cache_clear()
        _draw_row.cache_clear()


@lru_cache(maxsize=MOST_KEPT)
def _draw_message(sight: _Sight) -> SafeString:
    return render_to_string("inbox/_message.html", sight.values)


@lru_cache(maxsize=MOST_KEPT)
def _draw_row(sight: _Sight) -> SafeString:
    return render_to_string(sight.values["row"].template, sight.values)


@register.simple_tag
def dialogs(name: str, emoji: tuple) -> SafeString:
    """What opens above the page, for the member of that name: the same on every page."""
    return _dialogs(name, emoji, get_language())


@lru_cache(maxsize=500)
def _dialogs(name: str, emoji: tuple, _language: str) -> SafeString:
    values = {"member": {"name": name}, "emoji": emoji, "limits": json.dumps(LIMITS)}
    return render_to_string("inbox/_dialogs.html", values)


@register.simple_tag
def tick(state: str) -> SafeString | str:
    """Waiting, sent, delivered or read, as a sign and in words."""
    return _part("inbox/_tick.html", state, get_language()) if state else ""


@register.simple_tag
def bubble_actions(message_id, can_forward: bool) -> SafeString:
    """The buttons to answer, to react and, where that can be done, to forward."""
    drawn = _part("inbox/_actions.html", "forward" if can_forward else "", get_language())
    return mark_safe(drawn.replace(ANY, str(message_id)))  # noqa: S308  our own template and an id


@cache
def _part(name: str, state: str, _language: str) -> SafeString:
    return render_to_string(name, {"state": state, "any": ANY})
