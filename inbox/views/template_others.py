"""Two pages wrote in one draft: what the other one left, beside what was typed here, with both choices."""

from dataclasses import dataclass, fields
from datetime import datetime
from functools import wraps

from django.utils.translation import gettext as _

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from integrations.models import Template

from .. import authoring
from ..template_forms import BUTTONS, CATEGORIES, HEADERS, MEDIA, read_parts
from .template_pages import write_page


@dataclass(frozen=True)
class Other:
    """What somebody else left: of each part that differs its name and their words, empty where they have none."""

    template: Template
    name: str  # empty for the member's own, on another device
    at: datetime | None
    is_put_away: bool  # submitted or thrown away: this is what Meta has
    parts: list[tuple[str, str]]


def other_of(there: Template, typed: authoring.Parts, member: Member) -> Other:
    """What is there instead of what was typed."""
    theirs = authoring.parts_of(there) or authoring.Parts()
    named = _named()
    differing = [each.name for each in fields(theirs) if each.name in named]
    differing = [name for name in differing if getattr(theirs, name) != getattr(typed, name)]
    told = [(named[name], _told(name, getattr(theirs, name))) for name in differing]
    if theirs.header in MEDIA:
        told.append((_("Example file"), there.sample_name))
    name = there.draft_by.name if there.draft_by and there.draft_by != member else ""
    return Other(there, name, there.draft_at, there.draft is None, told)


def shows_both(view):
    """Where somebody else wrote meanwhile nothing is done: the page has what was typed and tells what they left."""

    @wraps(view)
    def asking(request, pk):
        try:
            return view(request, pk)
        except authoring.Overtaken as overtaken:
            with clinic_scope(request.member.clinic_id):
                return _both(request, overtaken.there)

    return asking


def _both(request, there: Template):
    typed = read_parts(request.POST)
    return write_page(request, there, typed=typed, other=other_of(there, typed, request.member))


def _named() -> dict[str, str]:
    return {
        "category": _("Category"),
        "header": _("Heading"),
        "header_text": _("Words of the heading"),
        "body": _("Text"),
        "footer": _("Footer"),
        "buttons": _("Buttons"),
        "examples": _("Examples"),
    }


def _told(name: str, value) -> str:
    match name:
        case "category":
            return next((str(label) for key, label, _said in CATEGORIES if key == value), value)
        case "header":
            return str(dict(HEADERS).get(value, value))
        case "buttons":
            return "\n".join(map(_button, value))
        case "examples":
            return "\n".join(f"{place.partition('.')[2]}: {text}" for place, text in value.items())
    return value


def _button(button: authoring.Button) -> str:
    kind = next((str(label) for key, label, _most in BUTTONS if key == button.kind), button.kind)
    return " · ".join(filter(None, [kind, button.text, button.value, button.example]))
