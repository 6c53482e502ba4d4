"""What is known of a patient: corrected in the panel or by machines, on record, and told to every screen."""

import pytest

from clinics.models import AuditEntry
from clinics.refusal import Refused
from contacts import operations, values
from contacts.models import Contact, ContactNote
from contacts.operations import define_field
from inbox.models import Change
from inbox.operations import patients
from tests.factories import make_contact, make_conversation, make_identity, make_member

from .api_client import Machine
from .screens import HTMX, signed_in

KINDS = {"text": "AOK 123", "number": 12.5, "date": "2019-04-02", "choice": "Dr Example", "yes_no": True}
TYPED = {
    "text": " AOK 123 ",
    "number": "12,5",
    "date": "2019-04-02",
    "choice": "Dr Example",
    "yes_no": "yes",
}
DOCTORS = ("Dr Example", "Dr Sample")


@pytest.fixture
def contact(clinic):
    return make_conversation(make_identity(make_contact("Nora Example"))).contact


def post(member, path, **told):
    return signed_in(member).post(path, told)


def panel_of(member, contact) -> str:
    conversation = contact.conversations.get()
    return signed_in(member).get(f"/conversations/{conversation.pk}/panel/", headers=HTMX).content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_keeps_what_was_typed_as_its_kind(member, contact, kind):
    field = define_field("Field", kind, choices=DOCTORS, by=None)

    answer = post(member, f"/contacts/{contact.pk}/fields/{field.pk}/", value=TYPED[kind])

    contact.refresh_from_db()
    assert (answer.status_code, contact.fields) == (204, {"field": KINDS[kind]})
    assert values.told_value(field, KINDS[kind]) != ""


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("number", "twelve"),
        ("number", "1e400"),
        ("number", "NaN"),
        ("date", "2.4.2019"),
        ("choice", "Dr Who"),
    ],
)
def test_what_is_not_of_its_kind_is_refused_in_a_sentence_and_changes_nothing(member, contact, kind, typed):
    field = define_field("Field", kind, choices=DOCTORS, by=None)

    answer = post(member, f"/contacts/{contact.pk}/fields/{field.pk}/", value=typed)

    contact.refresh_from_db()
    assert (answer.status_code, contact.fields) == (422, {})
    assert answer.json()["sentence"].endswith(".")


def test_an_emptied_field_is_no_field(member, contact):
    field = define_field("Insurance", "text", by=None)
    patients.set_fields(contact, {field: "AOK"}, by=member)

    post(member, f"/contacts/{contact.pk}/fields/{field.pk}/", value=" ")

    contact.refresh_from_db()
    assert contact.fields == {}


def test_two_who_fill_in_two_fields_at_once_both_keep_theirs(member, contact):
    one, two = define_field("One", "text", by=None), define_field("Two", "text", by=None)
    seen_earlier = Contact.objects.get(pk=contact.pk)

    patients.set_fields(contact, {one: "1"}, by=member)
    patients.set_fields(seen_earlier, {two: "2"}, by=member)

    contact.refresh_from_db()
    assert contact.fields == {"one": "1", "two": "2"}


def test_a_hidden_field_is_shown_to_who_asks_and_that_is_on_record(member, contact):
    field = define_field("Diagnosis", "text", is_hidden=True, by=None)
    patients.set_fields(contact, {field: "Asthma"}, by=member)

    before = panel_of(member, contact)
    shown = signed_in(member).get(f"/contacts/{contact.pk}/fields/{field.pk}/").content.decode()

    assert ("Diagnosis" in before, "Asthma" in before, "Asthma" in shown) == (True, False, True)
    entry = AuditEntry.objects.get(action="contact.field_shown")
    assert (entry.member, entry.target_id, entry.detail) == (
        member,
        str(contact.pk),
        {"field": "diagnosis"},
    )


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("writing_for", "Leo, her son"),
        ("language", "pt-br"),
        ("time_zone", "Asia/Tokyo"),
        ("note", "Call first"),
    ],
)
def test_a_fact_is_saved_told_and_on_record_without_its_words(member, contact, fact, value):
    post(member, f"/contacts/{contact.pk}/", **{fact: value})

    contact.refresh_from_db()
    assert getattr(contact, fact) == value
    assert AuditEntry.objects.get(action="contact.changed").detail == {"changed": [fact]}
    topics = [f"contact-{contact.pk}", f"conversation-{contact.conversations.get().pk}"]
    assert Change.objects.get().topics == topics


def test_a_name_is_one_line_however_it_was_pasted(member, contact):
    post(member, f"/contacts/{contact.pk}/", name=" Maria\r\nMagdalena\t Sample ")

    contact.refresh_from_db()
    assert contact.name == "Maria Magdalena Sample"


def test_a_time_zone_that_is_none_is_refused_in_a_sentence(member, contact):
    answer = post(member, f"/contacts/{contact.pk}/", time_zone="Moon/Crater")

    assert (answer.status_code, "Europe/Madrid" in answer.json()["sentence"]) == (422, True)


def test_saving_one_fact_leaves_the_others_alone(member, contact):
    Contact.objects.filter(pk=contact.pk).update(note="Changed by somebody else meanwhile")

    post(member, f"/contacts/{contact.pk}/", language="es")

    contact.refresh_from_db()
    assert (contact.language, contact.note) == ("es", "Changed by somebody else meanwhile")


def test_the_patients_clock_follows_the_time_zone_on_file(member, contact):
    patients.change_contact(contact, {"time_zone": "Asia/Tokyo"}, by=member)

    assert "in Tokyo" in panel_of(member, contact)


def test_a_note_is_its_authors_to_change_and_an_admins_to_delete(member, admin, contact):
    post(member, f"/contacts/{contact.pk}/notes/", text="Afraid of needles")
    note = ContactNote.objects.get()
    url = f"/contacts/{contact.pk}/notes/{note.pk}/"

    by_others = [post(who, url, text="Not me").status_code for who in (make_member("Ines"), admin)]
    by_author = post(member, url, text="Afraid of needles, talks").status_code

    assert (by_others, by_author) == ([422, 422], 204)
    assert ContactNote.objects.get().text == "Afraid of needles, talks"
    assert "Afraid of needles, talks" in panel_of(admin, contact)
    assert post(admin, url, text="").status_code == 204
    assert ContactNote.objects.count() == 0
    actions = AuditEntry.objects.filter(action__startswith="contact.note").values_list("action", flat=True)
    assert sorted(actions) == ["contact.note_added", "contact.note_changed", "contact.note_deleted"]


def test_an_admin_adds_orders_renames_and_deletes_fields(admin, contact):
    for name, kind in (("Insurance", "text"), ("Doctor", "choice")):
        post(
            admin, "/settings/patient-fields/create/", name=name, kind=kind, choices="Dr Example\nDr Sample\n"
        )
    insurance, doctor = operations.patient_fields()
    patients.set_fields(contact, {insurance: "AOK", doctor: "Dr Sample"}, by=admin)

    post(admin, f"/settings/patient-fields/{doctor.pk}/move/", to="front")
    post(admin, f"/settings/patient-fields/{doctor.pk}/", name="Own doctor", choices="Dr Example\nDr New")
    post(admin, f"/settings/patient-fields/{insurance.pk}/delete/")

    (left,) = operations.patient_fields()
    assert (left.name, left.key, left.choices) == ("Own doctor", "doctor", ["Dr Example", "Dr New"])
    contact.refresh_from_db()
    assert contact.fields == {"doctor": "Dr Sample"}  # what cannot be chosen any more stays


@pytest.mark.parametrize(
    "told", [{"name": "insurance", "kind": "text"}, {"name": "Doctor", "kind": "choice"}]
)
def test_a_name_twice_or_a_choice_of_nothing_is_no_field(admin, told):
    define_field("Insurance", "text", by=admin)

    page = signed_in(admin).post("/settings/patient-fields/create/", told, headers=HTMX).content.decode()

    assert operations.patient_fields().count() == 1
    assert "already" in page or "at least two" in page


def test_there_is_an_end_to_fields(admin):
    for number in range(operations.MOST_FIELDS):
        define_field(f"Field {number}", "text", by=admin)

    with pytest.raises(Refused):
        define_field("One more", "text", by=admin)


def test_a_machine_reads_and_fills_the_fields_it_may_see(clinic, contact):
    define_field("Insurance", "text", by=None)
    secret = define_field("Diagnosis", "text", is_hidden=True, by=None)
    patients.set_fields(contact, {secret: "Asthma"})
    machine = Machine(clinic)

    told = machine.get("patient-fields/").json()
    answer = machine.patch(f"contacts/{contact.pk}/", {"fields": {"insurance": "AOK"}, "writing_for": "Leo"})
    refused = machine.patch(f"contacts/{contact.pk}/", {"fields": {"diagnosis": "x", "insurance": "TK"}})

    assert [field["key"] for field in told] == ["insurance"]
    assert (answer.json()["fields"], answer.json()["writing_for"]) == ({"insurance": "AOK"}, "Leo")
    assert refused.status_code == 400
    contact.refresh_from_db()
    assert contact.fields == {"insurance": "AOK", "diagnosis": "Asthma"}


def test_there_is_an_end_to_notes_about_a_patient(member, contact, monkeypatch):
    monkeypatch.setattr(patients, "MOST_NOTES", 1)
    post(member, f"/contacts/{contact.pk}/notes/", text="One")

    answer = post(member, f"/contacts/{contact.pk}/notes/", text="Two")

    assert (answer.status_code, contact.notes.count()) == (422, 1)
    assert "Delete one first" in answer.json()["sentence"]
