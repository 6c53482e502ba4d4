"""What a list is narrowed to, in words, each with the address of the list without it."""

from dataclasses import replace

from django.utils.translation import get_language_info, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from clinics.models import Member
from clinics.queries import teams
from integrations.queries import channels

from ..listing import ME, NOBODY, Listing
from ..models import Tag

STATUS_WORDS = {
    "open": gettext_lazy("Open"),
    "snoozed": gettext_lazy("Snoozed"),
    "closed": gettext_lazy("Closed"),
    "any": gettext_lazy("Open, snoozed and closed"),
}
PRIORITY_WORDS = {
    "urgent": gettext_lazy("Urgent"),
    "high": pgettext_lazy("priority", "High"),
    "normal": pgettext_lazy("priority", "Normal"),
}
GONE = "?"  # what an address names and is not there any more


def chips_of(listing: Listing) -> list[tuple[str, str]]:
    """(words, address without it) for each condition."""
    found = [(str(STATUS_WORDS[listing.status]), {"status": ""})] if listing.status else []
    if listing.channel:
        found.append((_name(channels(), listing.channel), {"channel": ""}))
    if listing.assignee:
        found.append((_holder(listing.assignee), {"assignee": ""}))
    if listing.team:
        none = _("No team")
        found.append((none if listing.team == NOBODY else _name(teams(), listing.team), {"team": ""}))
    if listing.language:
        found.append((language_name(listing.language), {"language": ""}))
    for tag in Tag.objects.filter(pk__in=listing.tags) if listing.tags else ():
        others = tuple(each for each in listing.tags if each != str(tag.pk))
        found.append((f"#{tag.name}", {"tags": others}))
    for name in listing.priorities:
        others = tuple(each for each in listing.priorities if each != name)
        found.append((str(PRIORITY_WORDS[name]), {"priorities": others}))
    if listing.unread:
        found.append((_("Unread"), {"unread": False}))
    if listing.waited:
        found.append((_("waiting for %(time)s") % {"time": waited_words(listing.waited)}, {"waited": 0}))
    return [(words, replace(listing, saved="", **without).address) for words, without in found]


def language_name(code: str) -> str:
    """In the reader's words; the code itself when there are none for it."""
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code


def waited_words(minutes: int) -> str:
    """So many minutes, in the largest unit that fits."""
    if minutes % 1440 == 0:
        return ngettext("%(count)d day", "%(count)d days", minutes // 1440) % {"count": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _holder(assignee: str) -> str:
    words = {NOBODY: _("Nobody has it"), ME: _("Assigned to you")}
    return words.get(assignee) or _name(Member.objects.all(), assignee)


def _name(rows, pk: str) -> str:
    return rows.filter(pk=pk).values_list("name", flat=True).first() or GONE
