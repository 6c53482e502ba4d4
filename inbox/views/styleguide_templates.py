"""What the pages of templates are made of, in every state, for the styleguide; nothing of it is in a table."""

import json
from datetime import timedelta
from itertools import count

from django.templatetags.static import static
from django.utils import timezone

from clinics.models import Member
from integrations.models import Template

from .. import authoring
from ..authoring import Button, Parts
from ..template_decisions import Step
from ..template_forms import BUTTONS, LONGEST, VARIABLES
from ..template_words import STATES, state_of
from .template_others import other_of
from .template_settings import family_of

BODY = "Hello {{first_name}}, we look forward to your *visit* on {{date}}. Please bring your papers."
LINK = Button("URL", "The way to us", "https://clinic.example/{{1}}", "map")
WRITTEN = Parts(
    header="TEXT",
    header_text="Your visit",
    body=BODY,
    footer="Clinic Example",
    buttons=(Button("QUICK_REPLY", "I will come"), LINK),
    examples={"body.first_name": "Marta", "body.date": "Friday 5 June"},
)
WRONG = Parts(
    category="MARKETING",
    header="IMAGE",
    body="{{first_name}}{{date}}",
    footer="{{clinic}}",
    buttons=(Button(), Button("URL", "Map", "clinic.example"), Button("PHONE_NUMBER", "Call", "12")),
)


def shown() -> dict:
    """The context of that part of the styleguide."""
    return {
        "families": [family_of(_rows("visit_reminder"), "en"), family_of(_rows("check_up")[-1:], "en")],
        "standing": [
            _standing(status) for status in STATES if status != "PENDING"
        ],  # which asks again by itself
        "variables": VARIABLES,
        "button_kinds": BUTTONS,
        "limits": LONGEST,
        "parts": WRITTEN,
        "wrong": authoring.problems_of(WRONG),
        "previews": [json.dumps(_told(head)) for head in _heads()] + [json.dumps(_told({}, body=""))],
        "others": [_other("Ana Admin"), _other("")],
    }


def _rows(name: str) -> list[Template]:
    codes = ("en", "es", "pt_BR", "ar", "zh_CN", "de", "fr", "ms", "it")
    return [
        Template(name=name, language=code, category="UTILITY", status=status, quality=quality,
                 draft=authoring.to_json(WRITTEN) if status in ("DRAFT", "APPROVED") else None)
        for code, status, quality in zip(codes, STATES, ("", "", "", "GREEN", "YELLOW", "RED", "", "", ""), strict=True)
    ]  # fmt: skip


def _standing(status: str) -> dict:
    template = Template(name="visit_reminder", language="en", status=status)
    template.reason = "PROMOTIONAL" if status == "REJECTED" else ""
    template.quality = "RED" if status == "PAUSED" else ""
    cause, fix = authoring.reason_of(template)
    told = {"template": template, "state": state_of(template), "cause": cause, "fix": fix}
    return told | {"history": _history(cause, fix) if cause else []}


def _history(cause: str, fix: str) -> list[Step]:
    now, hours = timezone.now(), count(1)
    steps = [("Rejected", f"{cause} {fix}", ""), ("Submitted", "", "Ana Admin")]
    return [Step(now - timedelta(hours=next(hours)), *step) for step in steps]


def _heads() -> list[dict]:
    picture = static("icons/app-192.png")
    long = "How to prepare for your examination, 2026.pdf"
    return [
        {"header": "TEXT", "headerText": "Your visit"},
        {"header": "IMAGE"},
        {"header": "IMAGE", "sample": {"url": picture, "name": "reception.jpg"}},
        {"header": "VIDEO"},
        {"header": "DOCUMENT", "sample": {"url": picture, "name": long}},
        {"header": "LOCATION"},
        {"header": ""},
    ]


def _told(head: dict, **changes) -> dict:
    told = {
        "header": "",
        "headerText": "",
        "body": BODY,
        "footer": WRITTEN.footer,
        "values": WRITTEN.examples,
    }
    return told | {"buttons": [{"text": each.text} for each in WRITTEN.buttons]} | head | changes


def _other(name: str):
    there = Template(name="visit_reminder", language="en", draft=authoring.to_json(WRITTEN))
    there.draft_at, me = timezone.now(), Member(name="Ben Admin")
    there.draft_by = Member(name=name) if name else me
    return other_of(there, Parts(body="We see you soon."), me)
