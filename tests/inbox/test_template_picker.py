"""Choosing a template: each once, in the patient's language, with its reason when it cannot be sent."""

import pytest
from django.utils import timezone

from contacts.models import Consent
from inbox import template_guesses
from tests.factories import make_contact, make_conversation, make_identity

from .screens import HTMX, signed_in
from .templates import BODY, PICTURE, make_template


@pytest.fixture
def nora(clinic):
    return make_conversation(make_identity(make_contact("Nora Example", language="es")))


def picker(member, conversation, path="") -> str:
    url = f"/conversations/{conversation.pk}/templates/{path}"
    return signed_in(member).get(url, headers=HTMX).content.decode()


def item(page: str, name: str) -> str:
    """What the list says of a template, whichever part it stands in."""
    return next(part for part in page.split("<li ")[1:] if f">{name}<" in part)


def test_a_template_is_offered_once_in_the_patients_language(member, nora):
    for language in ("en", "es_MX", "pt_BR"):
        make_template(nora.channel, language=language)

    page = picker(member, nora)

    assert page.count(">visit_reminder<") == 1
    assert "Spanish" in item(page, "visit_reminder").split("picker-others")[0]
    assert "chip-amber" not in item(page, "visit_reminder")


def test_a_template_in_another_language_says_so(member, nora):
    make_template(nora.channel, language="en")

    assert "Not in the patient’s language" in item(picker(member, nora), "visit_reminder")


def test_a_language_that_can_be_sent_goes_before_the_patients_that_cannot(member, nora):
    make_template(nora.channel, language="es", status="PENDING")
    make_template(nora.channel, language="en")

    shown = item(picker(member, nora), "visit_reminder")

    assert "picker-blocked" not in shown
    assert "Meta has not approved it yet" in shown.split("picker-others")[1]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "PENDING"}, "Meta has not approved it yet"),
        ({"status": "REJECTED", "reason": "TAG_CONTENT_MISMATCH"}, "Meta rejected it: tag content mismatch"),
        ({"status": "PAUSED"}, "Paused by Meta"),
        ({"status": "DISABLED"}, "Switched off by Meta"),
        ({"status": "SOMETHING_NEW"}, "Not approved by Meta"),
    ],
)
def test_what_cannot_be_sent_is_listed_with_its_reason(member, nora, fields, reason):
    make_template(nora.channel, language="es", **fields)

    page = picker(member, nora)

    assert reason in item(page, "visit_reminder")
    assert "None can be sent now" in page
    assert "picker-item" not in page


def test_offers_are_not_for_who_refused_them(member, nora):
    make_template(nora.channel, name="spring_offer", language="es", category="MARKETING")
    make_template(nora.channel, language="es")
    Consent.objects.create(
        identity=nora.identity,
        purpose="marketing",
        is_granted=False,
        source="message",
        decided_at=timezone.now(),
    )

    page = picker(member, nora)

    assert "does not want messages of this kind" in item(page, "spring_offer")
    assert "picker-blocked" not in item(page, "visit_reminder")


def test_a_template_that_needs_a_photo_says_so_and_can_be_chosen(member, nora):
    make_template(nora.channel, PICTURE, BODY, language="es")

    shown = item(picker(member, nora), "visit_reminder")

    assert "needs a photo" in shown
    assert "picker-item" in shown


def test_a_gone_template_is_not_listed(member, nora):
    make_template(nora.channel, status="DELETED")

    assert "visit_reminder" not in picker(member, nora)


def test_the_form_has_the_patients_name_the_category_and_what_it_costs(member, nora):
    template = make_template(nora.channel)

    page = picker(member, nora, f"{template.pk}/")

    assert 'name="value-body-1" value="Nora"' in page
    assert 'name="value-body-2" value=""' in page
    assert "Utility" in page
    assert "Billed by Meta as utility" in page


def test_one_that_cannot_be_sent_cannot_be_sent_from_its_form(member, nora):
    template = make_template(nora.channel, status="PAUSED")

    page = picker(member, nora, f"{template.pk}/")

    assert "data-picker-send disabled" in page
    assert "Paused by Meta" in page


@pytest.mark.parametrize(
    ("text", "guessed"),
    [
        ("Hello {{1}}, see you at {{2}}", {"1": "Nora"}),
        ("¡Hola {{1}}! Tu cita es el {{2}}", {"1": "Nora"}),
        ("Estimada {{1}}: le esperamos", {"1": "Nora"}),
        ("您好 {{1}}，", {"1": "Nora"}),
        ("مرحبا {{1}}،", {"1": "Nora"}),
        ("Your visit is on {{1}}", {}),
        ("{{1}} is your code", {}),
        (
            "Hello {{first_name}} of {{clinic_name}}, {{date}}",
            {"first_name": "Nora", "clinic_name": "Clinic Example"},
        ),
        ("{{patient_name}} has an appointment", {"patient_name": "Nora Example"}),
    ],
)
def test_only_what_is_known_is_filled_in(member, nora, text, guessed):
    template = make_template(nora.channel, {"type": "BODY", "text": text})

    told = template_guesses.values_for(template, nora, member)

    assert told == {("body", name): value for name, value in guessed.items()}


def test_a_patient_without_a_name_leaves_the_field_to_the_member(member):
    conversation = make_conversation(make_identity(make_contact("")))

    assert template_guesses.values_for(make_template(conversation.channel), conversation, member) == {}
