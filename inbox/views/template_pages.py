"""What the page of one template shows: its words, its languages, what Meta decided, what may be done with it."""

import json

from clinics.settings_pages import show
from integrations.models import Template
from integrations.whatsapp.templates import render

from .. import authoring, template_sync
from ..template_forms import (
    BUTTONS,
    CATEGORIES,
    HEADERS,
    LONGEST,
    MEDIA,
    VARIABLES,
    offered_languages,
)
from ..template_forms import name_of as language_name
from ..template_words import state_of

FILES = {"IMAGE": "image/jpeg,image/png", "VIDEO": "video/mp4,video/3gpp", "DOCUMENT": "application/pdf"}


def write_page(request, template: Template, *, is_checked=False, typed=None, **context):
    """The pane; `is_checked`: it was to be submitted, so that everything that is wrong is said.

    `typed` are words that were not kept, because somebody else's are there: they stand in the form, both are told.
    """
    parts = typed or authoring.parts_of(template) or _read_only(template)
    found = [{"field": each.field, "text": str(each.text)} for each in authoring.problems(template, parts)]
    languages = siblings(template)
    context |= status_context(template) | {
        "parts": parts,
        "bases": request.POST.getlist("base") if typed else [template.draft_mark],
        "problems": json.dumps(found),
        "is_checked": is_checked,
        "categories": CATEGORIES,
        "headers": HEADERS,
        "media": MEDIA,
        "sample_header": authoring.header_of_sample(template),
        "sample_version": template.sample.name.split("/")[-2:-1],
        "accepts": FILES.get(parts.header, ""),
        "button_kinds": BUTTONS,
        "most_buttons": authoring.MOST_BUTTONS,
        "limits": LONGEST,
        "variables": [(name, label, example or _known(request, name)) for name, label, example in VARIABLES],
        "languages": languages,
        "offered": offered_languages(without=[each["row"].language for each in languages]),
        "used_by": authoring.used_by(template),
        "is_category_fixed": template.status == "APPROVED",
    }
    return show(request, "template", **context)


def status_context(template: Template) -> dict:
    """What of the page changes by itself: the state, why, and the history."""
    cause, fix = authoring.reason_of(template)
    return {
        "template": template,
        "language_name": language_name(template.language),
        "state": state_of(template),
        "is_at_meta": template.status != Template.DRAFT,
        "cause": cause,
        "fix": fix,
        "refusal": authoring.may_edit(template),
        "history": authoring.history(template),
    }


def siblings(template: Template) -> list[dict]:
    """Each language of the same name, with how it stands."""
    return [
        {
            "row": row,
            "name": language_name(row.language),
            "state": state_of(row),
            "is_here": row.pk == template.pk,
        }
        for row in _family(template)
    ]


def _family(template: Template):
    same = {name: getattr(template, name) for name in ("provider", "business_id", "name")}
    return Template.objects.filter(**same).exclude(status=template_sync.GONE).order_by("language")


def _known(request, name: str) -> str:
    return {"clinic_name": request.member.clinic.name, "agent_name": request.member.name}.get(name, "")


def _read_only(template: Template) -> authoring.Parts:
    """What the form has place for of a template it cannot hold, for the eye alone."""
    told = render(template.components, {})
    return authoring.Parts(
        template.category, template.parameter_format, body=told["body"], footer=told["footer"]
    )
