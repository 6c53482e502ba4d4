"""The API as a clinic's own systems see it: one clinic, JSON, and problems that say what is wrong."""

from datetime import timedelta

import pytest
import yaml
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from drf_spectacular.validation import validate_schema

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox.models import Conversation
from integrations.models import Template
from tests.factories import (
    make_channel,
    make_clinic,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    """A clinic; no scope is open, as requests open their own."""
    return make_clinic()


def test_channels_are_listed_without_their_secrets(place, machine):
    with clinic_scope(place.pk):
        channel = make_channel(name="Reception", access_token="EAAsecret-token")

    answer = machine.get("channels/")

    assert [each["id"] for each in answer.json()["results"]] == [str(channel.pk)]
    assert set(answer.json()["results"][0]) == {
        *("id", "provider", "name", "address", "state", "problem", "quality", "last_event_at", "created_at"),
    }
    assert "secret" not in answer.content.decode()


def test_conversations_come_in_pages_that_miss_and_repeat_nothing(place, machine):
    with clinic_scope(place.pk):
        made = [make_conversation() for _ in range(5)]
        Conversation.objects.update(last_message_at=made[0].last_message_at)  # the id decides between equals

    seen, cursor = [], ""
    while cursor is not None:
        page = machine.get(f"conversations/?limit=2{cursor and f'&cursor={cursor}'}").json()
        seen += [each["id"] for each in page["results"]]
        cursor = page["next_cursor"]

    assert seen == sorted((str(each.pk) for each in made), reverse=True)


def test_conversations_are_filtered(place, machine):
    with clinic_scope(place.pk):
        ada = make_member("Ada")
        mine = make_conversation(assignee=ada)
        closed = make_conversation(status="closed")

    def ids(query):
        return {each["id"] for each in machine.get(f"conversations/?{query}").json()["results"]}

    assert ids("status=closed") == {str(closed.pk)}
    assert ids(f"assignee={ada.pk}") == {str(mine.pk)}
    assert ids("assignee=none") == {str(closed.pk)}
    assert ids(f"channel={mine.channel_id}") == {str(mine.pk), str(closed.pk)}
    assert ids("updated_since=2100-01-01T00:00:00Z") == set()


def test_a_conversation_is_assigned_and_closed(place, machine):
    with clinic_scope(place.pk):
        conversation, ada = make_conversation(), make_member("Ada")

    answer = machine.patch(f"conversations/{conversation.pk}/", {"assignee": str(ada.pk), "status": "closed"})

    assert (answer.status_code, answer.json()["status"], answer.json()["assignee"]) == (
        200,
        "closed",
        str(ada.pk),
    )


def test_a_conversation_is_snoozed_and_reopened(place, machine):
    with clinic_scope(place.pk):
        path = f"conversations/{make_conversation().pk}/"
    until = f"{timezone.now() + timedelta(days=30):%Y-%m-%dT08:00:00Z}"

    snoozed = machine.patch(path, {"status": "snoozed", "snoozed_until": until}).json()
    reopened = machine.patch(path, {"status": "open"}).json()

    assert (snoozed["status"], snoozed["snoozed_until"]) == ("snoozed", until)
    assert (reopened["status"], reopened["snoozed_until"]) == ("open", None)


def test_a_contact_is_corrected(place, machine):
    with clinic_scope(place.pk):
        contact = make_contact("nora")

    answer = machine.patch(f"contacts/{contact.pk}/", {"name": "Nora Example", "language": "es"})

    assert answer.json() == machine.get(f"contacts/{contact.pk}/").json()
    assert (answer.json()["name"], answer.json()["language"]) == ("Nora Example", "es")
    with clinic_scope(place.pk):
        contact.refresh_from_db()
        assert contact.is_name_edited


def test_a_contact_is_found_by_number(place, machine):
    with clinic_scope(place.pk):
        wanted = make_identity(wa_id="447700900123")
        make_identity()
        conversation = make_conversation(wanted)
    with clinic_scope(make_clinic().pk):
        make_conversation(make_identity(wa_id="447700900199"))

    found = machine.post("contacts/find/", {"phone": "+447700900123"}).json()

    assert [each["id"] for each in found["results"]] == [str(conversation.contact_id)]
    assert found["results"][0]["identities"][0]["phone"] == "+447700900123"
    assert found["next_cursor"] is None
    for phone in ("447700900199", "447700900100"):  # another clinic's, and nobody's
        assert machine.post("contacts/find/", {"phone": phone}).json()["results"] == []


def test_a_number_stands_in_no_address(place, machine):
    answer = machine.get("contacts/?phone=%2B447700900123")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["phone"])
    assert machine.post("contacts/find/", {"phone": "Nora"}).status_code == 400
    assert machine.post("contacts/find/", {}).status_code == 400


def test_messages_are_read_newest_first_with_their_state(place, machine):
    with clinic_scope(place.pk):
        question = make_message(text="When?")
        failed = {"state": "failed", "error_code": "131047", "error_detail": "Re-engagement message"}
        make_message(question.conversation, "At ten", "out", **failed)

    told = machine.get(f"conversations/{question.conversation_id}/messages/").json()["results"]

    assert [(each["text"], each["direction"], each["state"]) for each in told] == [
        ("At ten", "out", "failed"),
        ("When?", "in", "received"),
    ]
    assert told[0]["error"] == {"code": "131047", "detail": "Re-engagement message"}
    assert machine.get(f"messages/{question.pk}/").json() == told[1]


def test_every_reading_of_a_thread_is_in_the_audit_log(place, machine):
    with clinic_scope(place.pk):
        message = make_message()
    thread = f"conversations/{message.conversation_id}/"

    for path in (thread, f"{thread}messages/", f"messages/{message.pk}/"):
        machine.get(path)

    with clinic_scope(place.pk):
        entries = AuditEntry.objects.filter(action="conversation.opened").values_list("actor", "target_id")
        assert list(entries) == [("booking system", str(message.conversation_id))] * 3


@pytest.mark.django_db(transaction=True)  # what was read is remembered once it is on record
def test_reading_lists_and_contacts_is_in_the_audit_log_once_per_quarter_of_an_hour(place, machine):
    with clinic_scope(place.pk):
        contact = make_conversation().contact

    for path in ("conversations/", "contacts/", f"contacts/{contact.pk}/") * 2:
        assert machine.get(path).status_code == 200

    with clinic_scope(place.pk):
        entries = AuditEntry.objects.filter(actor="booking system").order_by("created_at")
        assert list(entries.values_list("action", "target_id")) == [
            ("conversations.listed", ""),
            ("contacts.listed", ""),
            ("contact.opened", str(contact.pk)),
        ]


@pytest.mark.parametrize("name", ["channels/", "contacts/", "conversations/", "messages/"])
def test_a_list_of_three_costs_as_many_queries_as_a_list_of_one(place, machine, name):
    with clinic_scope(place.pk):
        conversation = make_message().conversation
    path = f"conversations/{conversation.pk}/{name}" if name == "messages/" else name
    machine.get(path)  # the token's first use is written down

    with CaptureQueriesContext(connection) as one:
        assert len(machine.get(path).json()["results"]) == 1
    with clinic_scope(place.pk):
        for _ in range(2):
            make_message(make_conversation(channel=make_channel()))
            make_message(conversation)
    with CaptureQueriesContext(connection) as three:
        assert len(machine.get(path).json()["results"]) == 3

    assert len(three) == len(one)


def test_templates_are_listed_as_the_provider_told_them(place, machine):
    with clinic_scope(place.pk):
        values = {"business_id": "20", "language": "en", "category": "UTILITY", "status": "APPROVED"}
        Template.objects.create(
            provider="whatsapp", name="visit_reminder", components=[{"type": "BODY"}], **values
        )

    told = machine.get("templates/?name=visit_reminder").json()["results"]

    assert [(each["name"], each["components"]) for each in told] == [("visit_reminder", [{"type": "BODY"}])]
    assert machine.get("templates/?name=another").json()["results"] == []


def test_the_schema_is_valid_and_made_without_a_warning(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(tmp_path / "schema.yml"))

    schema = yaml.safe_load((tmp_path / "schema.yml").read_text())
    validate_schema(schema)
    operations = [
        each for path, methods in schema["paths"].items() if "schema" not in path for each in methods.values()
    ]
    assert [each["security"] for each in operations] == [[{"token": []}]] * len(operations)
    assert Client().get("/api/v1/schema/").status_code == 200
