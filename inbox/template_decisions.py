"""What became of a template: the steps that are kept, and Meta's reasons in plain words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from integrations.models import Template, TemplateDecision

from .templatetags.meta_words import quality_words, status_words

SUBMITTED, EDITED, DELETED = "submitted", "edited", "deleted"
QUALITY, CATEGORY = "quality", "category"
SHOWN = 50  # the newest
STEPS = {
    SUBMITTED: _("Submitted"),
    EDITED: _("Changes submitted"),
    DELETED: _("Deleted"),
    QUALITY: _("Quality"),
    CATEGORY: _("Category changed by Meta"),
}
# Meta's reason: (what it means, what to do).
REASONS = {
    "ABUSIVE_CONTENT": (
        _("Meta reads it as threatening or insulting."),
        _("Write it more kindly, then submit it again."),
    ),
    "INCORRECT_CATEGORY": (
        _("It does not fit its category."),
        _("Choose marketing if it invites or offers anything, or take that out of it."),
    ),
    "CATEGORY_NOT_AVAILABLE": (
        _("This category is not open to the clinic."),
        _("Choose the other category."),
    ),
    "INVALID_FORMAT": (
        _("Meta did not accept its form: variables, lines, a link or its language."),
        _("Look at the variables and their examples, and that the text is in the language chosen."),
    ),
    "PROMOTIONAL": (
        _("It offers something, which only marketing may do."),
        _("Choose marketing, or take the offer out of it."),
    ),
    "SCAM": (
        _("Meta takes it for an attempt to deceive."),
        _("Say who writes and why, use the clinic's own address in links, and submit it again."),
    ),
    "TAG_CONTENT_MISMATCH": (
        _("Its text is not in the language chosen, or not of its category."),
        _("Choose the language it is written in, and the category it fits."),
    ),
}


@dataclass(frozen=True)
class Step:
    """One step as it is shown, in the reader's language; `by_name` is empty for Meta."""

    at: datetime
    words: str
    detail: str
    by_name: str


def record(template: Template, kind: str, told: str = "", by_name: str = "") -> None:
    """Keep one step. Inside clinic_scope()."""
    TemplateDecision.objects.create(template=template, kind=kind[:20], told=told[:300], by_name=by_name[:80])


def follow(before: Template, after: dict[str, str]) -> None:
    """Keep what Meta changed of a template: `after` has some of status, reason, quality and category."""
    if after.get("status", before.status) != before.status:
        record(before, after["status"], after.get("reason", ""))
    if before.quality and after.get("quality", "") not in ("", before.quality):
        record(before, QUALITY, after["quality"])
    if after.get("category", "") not in ("", before.category):
        record(before, CATEGORY, after["category"])


def told_by(payload: dict) -> dict[str, str]:
    """{status, reason} of a status webhook; without a status where it names none."""
    reason, event = payload.get("reason"), str(payload.get("event") or "")[:20]
    facts = {"reason": "" if reason in (None, "NONE") else str(reason)[:300]}
    return facts | ({"status": event} if event else {})


def history(template: Template) -> list[Step]:
    """The newest first."""
    rows = TemplateDecision.objects.filter(template=template).order_by("-at", "-pk")[:SHOWN]
    return [Step(each.at, _words(each), _detail(each), each.by_name) for each in rows]


def reason_of(reason: str) -> tuple[str, str]:
    """(what it means, what to do) of a reason as Meta gives it; the reason itself where it is not known."""
    cause, fix = REASONS.get(reason.upper(), (reason, ""))
    return str(cause), str(fix)


def _words(decision: TemplateDecision) -> str:
    words = str(STEPS.get(decision.kind) or status_words(decision.kind))
    return words[:1].upper() + words[1:]


def _detail(decision: TemplateDecision) -> str:
    if decision.kind == QUALITY:
        return quality_words(decision.told)
    return " ".join(filter(None, reason_of(decision.told)))
