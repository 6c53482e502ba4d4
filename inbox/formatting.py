"""What people type, as WhatsApp shows it: *bold*, _italic_, ~struck~, ```code```, links. Everything else is escaped."""

import re

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

# A mark counts at the edge of a word. No mark's text holds the mark itself, so that no text takes long to read.
MARKED = r"(?<![\w{0}]){0}(?=\S)(?P<{1}>[^{0}\n]+)(?<=\S){0}(?![\w{0}])"
PIECES = re.compile(
    "|".join(
        (
            r"(?P<link>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}])",
            r"```(?P<code>[^`]+)```",
            r"`(?P<inline>[^`\n]+)`",
            # The groups of a telephone number would change places within Arabic or Hebrew.
            r"(?<![\w.])(?P<number>\+?\d[\d ()/.-]{5,20}\d)(?!\w)",
            MARKED.format(r"\*", "bold"),
            MARKED.format("_", "italic"),
            MARKED.format("~", "struck"),
        )
    )
)
LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{0}</a>'
VERBATIM = {
    "link": LINK,
    "code": "<code>{}</code>",
    "inline": "<code>{}</code>",
    "number": '<bdi dir="ltr">{}</bdi>',
}
NESTING = {"bold": "<b>{}</b>", "italic": "<i>{}</i>", "struck": "<s>{}</s>"}


def formatted(text: str) -> SafeString:
    """The text as HTML."""
    parts, at = [], 0
    for found in PIECES.finditer(text):
        parts += [escape(text[at : found.start()]), _piece(found.lastgroup, found[found.lastgroup])]
        at = found.end()
    return mark_safe("".join([*parts, escape(text[at:])]))  # noqa: S308  every part is escaped


def with_mentions(text: str, names: list[str]) -> SafeString:
    """As formatted(), with each `@name` of these names marked."""
    if not names:
        return formatted(text)
    called = re.compile(rf"((?<!\w)@(?:{'|'.join(map(re.escape, names))})(?!\w))", re.IGNORECASE)
    parts = called.split(text)  # what is called stands at every second place
    drawn = [
        format_html('<span class="mention">{}</span>', part) if at % 2 else formatted(part)
        for at, part in enumerate(parts)
    ]
    return format_html("{}" * len(drawn), *drawn)


def _piece(kind: str, text: str) -> SafeString:
    if kind in VERBATIM:
        return format_html(VERBATIM[kind], text)
    return format_html(NESTING[kind], formatted(text))
