"""How times, lengths, sizes and patients' words are written on the screens."""

import re
from datetime import date, timedelta
from functools import cache

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext

from inbox.formatting import formatted, with_mentions
from inbox.search_text import folded

register = template.Library()

AROUND = 44  # characters shown on each side of a search hit


@register.filter
def linked(text: str) -> SafeString:
    """The text with its addresses as links and its marks as WhatsApp shows them; everything else is escaped."""
    return formatted(text)


@register.filter
def noted(text: str, content: dict) -> SafeString:
    """A note's text as `linked` has it, with the colleagues it calls marked."""
    return with_mentions(text, content.get("mentions") or [])


@register.filter
def short_time(at) -> str:
    """For a list: the hour today, then yesterday, the weekday, the date. For what is to come, day and hour."""
    local, today = timezone.localtime(at), timezone.localdate()
    days = (today - local.date()).days
    if days <= 0:
        return local.strftime("%H:%M") if days == 0 else date_format(local, "WEEKDAY_TIME")
    if days == 1:
        return gettext("Yesterday")
    return (
        date_format(local, "D")
        if days < 7
        else date_format(local, "DAY" if local.year == today.year else "DATE_FORMAT")
    )


@register.filter
def exact_time(at) -> str:
    """For hovering and screen readers."""
    local = timezone.localtime(at)
    return f"{_day_in_words(local.date(), get_language())}, {local:%H:%M}"


@cache
def _day_in_words(day: date, _language: str) -> str:
    return date_format(day, "LONG_DAY_YEAR")


@register.simple_tag
def moment(at, style: str = "hour") -> SafeString:
    """A time element: the hour, or with "short" what a list shows; the exact time for whoever asks."""
    words = short_time(at) if style == "short" else hour(at)
    return mark_safe(  # noqa: S308  times only
        f'<time datetime="{at.isoformat(timespec="seconds")}" title="{exact_time(at)}">{words}</time>'
    )


@register.filter
def hour(at) -> str:
    return f"{timezone.localtime(at):%H:%M}"


@register.filter
def to_the_second(at) -> str:
    """For what happens within moments: the hour with its seconds, and the day unless it is today."""
    local = timezone.localtime(at)
    return f"{local:%H:%M:%S}" if local.date() == timezone.localdate() else date_format(local, "MOMENT_EXACT")


@register.filter
def day_name(day) -> str:
    """For the line between two days of a thread."""
    days = (timezone.localdate() - day).days
    if days in (0, 1):
        return gettext("Yesterday") if days else gettext("Today")
    return capfirst(
        date_format(day, "LONG_DAY" if day.year == timezone.localdate().year else "LONG_DAY_YEAR")
    )


@register.filter
def time_left(until) -> str:
    return length(until - timezone.now())


@register.filter
def time_since(since) -> str:
    return length(timezone.now() - since)


def length(span: timedelta) -> str:
    """Minutes up to an hour, hours up to two days, then days."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 60:
        return gettext("%(count)s min") % {"count": minutes or "<1"}
    if minutes < 48 * 60:
        return gettext("%(count)d h") % {"count": minutes // 60}
    return ngettext("%(count)d day", "%(count)d days", minutes // 1440) % {"count": minutes // 1440}


@register.filter
def when(text: str):
    """A moment that was written into JSON."""
    return parse_datetime(text) if text else None


@register.filter
def capped(count: int) -> str:
    return "99+" if count > 99 else str(count)


@register.filter
def snippet(text: str, query: str) -> SafeString:
    """The part of a message around the first searched word, with the words marked."""
    words = [folded(word) for word in re.findall(r"\w+", query)]
    plain = folded(text)
    starts = [at for word in words if (at := plain.find(word)) >= 0]
    first = min(starts, default=0)
    start, end = max(first - AROUND, 0), first + AROUND * 2
    return mark_safe(  # noqa: S308  _marked() escapes
        ("…" if start else "")
        + _marked(text[start:end], plain[start:end], words)
        + ("…" if end < len(text) else "")
    )


def _marked(text: str, plain: str, words: list[str]) -> str:
    if not words:
        return escape(text)
    parts, at = [], 0
    for found in re.finditer("|".join(map(re.escape, sorted(words, key=len, reverse=True))), plain):
        parts += [
            escape(text[at : found.start()]),
            format_html("<mark>{}</mark>", text[found.start() : found.end()]),
        ]
        at = found.end()
    return "".join([*parts, escape(text[at:])])
