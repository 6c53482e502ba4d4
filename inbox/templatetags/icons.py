"""Icons, drawn once per process: a list of conversations shows hundreds."""

import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# Drawings with a way to go: they look the other way where one reads from right to left.
FLIPPED = {
    "arrow-down-wide-narrow",
    "arrow-left",
    "arrow-right",
    "chevron-left",
    "chevron-right",
    "corner-down-right",
    "corner-right-down",
    "corner-up-left",
    "external-link",
    "forward",
    "list",
    "list-checks",
    "list-plus",
    "log-in",
    "log-out",
    "panel-right",
    "phone-forwarded",
    "reply",
    "send-horizontal",
    "undo-2",
}
INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@register.simple_tag
@cache
def icon(name: str, size: int = 16) -> SafeString:
    """A Lucide icon that says nothing to screen readers; the words stand beside it."""
    strokes = " ".join(INNER.search(_drawings().read(f"{name}.svg").decode())[1].split())
    flips = ' class="flips"' if name in FLIPPED else ""
    return mark_safe(  # noqa: S308  the package's drawing; name and size are ours
        f'<svg{flips} width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        f' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{strokes}</svg>'
    )


@cache
def _drawings() -> ZipFile:
    """The package's archive, opened once: the package itself opens it for each icon, a second for a cold page."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))
