"""Meta's own words for templates and numbers, in the reader's; one that is new to us is shown as it came."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()
CATEGORIES = {
    "MARKETING": _("Marketing"),
    "MARKETING_LITE": _("Marketing"),
    "UTILITY": _("Utility"),
    "AUTHENTICATION": _("Authentication"),
}
STATUSES = {
    "DRAFT": _("draft"),
    "APPROVED": _("approved"),
    "PENDING": _("in review"),
    "IN_APPEAL": _("appeal under way"),
    "REJECTED": _("rejected"),
    "PAUSED": _("paused"),
    "DISABLED": _("switched off"),
    "LIMIT_EXCEEDED": _("switched off"),
    "PENDING_DELETION": _("being deleted"),
}
QUALITIES = {"GREEN": _("high"), "YELLOW": _("medium"), "RED": _("low")}


@register.filter
def category_words(category: str) -> str:
    return str(CATEGORIES.get(category) or _plain(category))


@register.filter
def status_words(status: str) -> str:
    return str(STATUSES.get(status) or _plain(status))


@register.filter
def quality_words(quality: str) -> str:
    """Meta's colour as a word, however it is spelled: numbers keep it in small letters."""
    return str(QUALITIES.get(quality.upper()) or _plain(quality))


def _plain(code: str) -> str:
    return code.lower().replace("_", " ")
