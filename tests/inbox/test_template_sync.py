"""The provider's templates become our rows."""

from clinic_inbox.tenancy import clinic_scope
from inbox import template_values
from inbox.template_sync import sync_templates
from integrations.models import Template
from tests.inbox.templates import BODY, FILLED, FOOTER, LINK, PICTURE

TOLD = {
    "id": "77",
    "name": "visit_reminder",
    "language": "en",
    "category": "UTILITY",
    "status": "APPROVED",
    "quality_score": {"score": "GREEN"},
    "rejected_reason": "NONE",
    "components": [PICTURE, BODY, FOOTER, LINK],
}


def rows(outbound) -> list[tuple]:
    with clinic_scope(outbound.clinic_id):
        return list(Template.objects.values_list("name", "language", "status", "quality", "reason"))


def test_templates_are_stored_changed_and_marked_when_they_vanish(outbound):
    outbound.provider.templates = [TOLD, TOLD | {"language": "es"}]
    sync_templates(outbound.channel)
    outbound.provider.templates = [TOLD | {"status": "PAUSED", "rejected_reason": "SCAM"}]

    assert sync_templates(outbound.channel) == 2

    assert rows(outbound) == [
        ("visit_reminder", "en", "PAUSED", "GREEN", "SCAM"),
        ("visit_reminder", "es", "DELETED", "GREEN", ""),
    ]


def test_nothing_changes_when_nothing_new_is_told(outbound):
    outbound.provider.templates = [TOLD]

    assert (sync_templates(outbound.channel), sync_templates(outbound.channel)) == (1, 0)


def test_a_template_says_what_it_needs(clinic):
    template = Template(components=[PICTURE, BODY, LINK])

    fields = template_values.template_fields(template)

    assert [(field.where, field.name, field.example) for field in fields] == [
        ("header", "media", ""),
        ("body", "1", "Nora"),
        ("body", "2", "3 May"),
        ("buttons", "0", ""),
    ]
    assert template_values.file_kind(template) == "image"


def test_a_template_reads_as_the_patient_will_see_it(clinic):
    template = Template(components=[BODY, FOOTER, LINK])

    rendered = template_values.render_template(template, FILLED | {"buttons": {"0": "map"}})

    assert rendered["body"] == "Hello Nora, your visit is on 3 May."
    assert rendered["buttons"] == [{"type": "url", "text": "Directions", "url": "https://clinic.example/map"}]
