"""One patient is erased, with proof: nothing of them is left anywhere, and nobody else is hurt."""

import json
import time
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from clinic_inbox.tenancy import ClinicModel, clinic_scope
from clinics.models import AuditEntry
from clinics.refusal import Refused
from contacts import joining
from contacts.models import Contact, Identity
from inbox import queries
from inbox.erasure import beginning, schema
from inbox.models import Amendment, Attachment, Conversation, Erasure, GlassBreak, Message, StatusEvent
from inbox.operations import erasing, patients
from inbox.templatetags import bubble_parts
from integrations.models import ChannelEvent
from tests.factories import (
    make_channel,
    make_clinic,
    make_contact,
    make_conversation,
    make_identity,
)
from tests.inbox import erasing as scene
from tests.inbox.erasing import CANARY, NEIGHBOUR, PHONE, THEIR_PHONE, erase, found
from tests.inbox.payloads import messages_webhook, text_message


def test_every_table_of_a_clinic_is_erased_from_or_kept_with_a_reason():
    names = {model._meta.label for model in apps.get_models() if issubclass(model, ClinicModel)}
    names |= {"integrations.WebhookEvent"}
    erased = {model._meta.label for model in schema.ERASED}

    assert erased | schema.SEARCHED.keys() | schema.KEPT.keys() == names
    assert not erased & schema.KEPT.keys()
    assert {model._meta.label for model in schema.ERASED} >= {
        model._meta.label for model in apps.get_models() if _points_at_a_patient(model)
    }


def _points_at_a_patient(model) -> bool:
    people = {"contacts.Contact", "contacts.Identity", "inbox.Conversation", "inbox.Message"}
    return any(field.related_model and field.related_model._meta.label in people
               for field in model._meta.concrete_fields)  # fmt: skip


def test_nothing_is_left_of_an_erased_patient_anywhere(
    erasable, channel, staff, superuser_connection, tmp_path
):
    before = found(superuser_connection)
    assert before >= {
        "contacts_contact", "contacts_contactnote", "contacts_identity", "contacts_consent", "inbox_message",
        "inbox_conversation", "inbox_keptdraft", "inbox_glassbreak", "inbox_episode", "inbox_attachment",
        "inbox_amendment", "inbox_reaction", "inbox_statusevent", "integrations_channelevent", "webhook", "media",
    }  # fmt: skip

    erasure = erase(channel, staff[1])

    assert found(superuser_connection) == set()
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    assert erasure.state == "done"
    assert {"message", "conversation", "contact", "files", "webhookevent"} <= erasure.counts.keys()
    assert erasure.counts["files"] == 3


def test_a_neighbour_keeps_everything(erasable, channel, staff, superuser_connection):
    before = found(superuser_connection, (NEIGHBOUR,))

    erase(channel, staff[1])

    assert found(superuser_connection, (NEIGHBOUR,)) == before >= {"inbox_message", "webhook"}
    (body,) = [json.loads(body) for body in scene.opened_webhooks() if NEIGHBOUR in body]
    value = body["entry"][0]["changes"][0]["value"]
    assert [message["id"] for message in value["messages"]] == ["wamid.neighbour"]
    assert [each["wa_id"] for each in value["contacts"]] == [THEIR_PHONE]


def test_another_clinic_on_the_same_meta_app_keeps_its_patient(
    erasable, channel, staff, arrive, superuser_connection
):
    other = make_clinic()
    with clinic_scope(other.pk):
        theirs = make_channel(channel.hook)
    arrive(messages_webhook(theirs, text_message(f"{CANARY} elsewhere", PHONE, "wamid.canary-o")))

    erase(channel, staff[1])

    assert found(superuser_connection) == {
        "contacts_identity", "inbox_message", "inbox_conversation", "webhook"
    }  # fmt: skip
    with clinic_scope(other.pk):
        assert [message.text for message in Message.objects.all()] == [f"{CANARY} elsewhere"]


def test_from_the_first_moment_nobody_sees_the_patient(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=staff[1])

        for member in staff:
            for seen in (
                queries.visible_conversations,
                queries.listed_conversations,
                queries.hidden_conversations,
            ):
                assert not seen(member).filter(erasing_at__isnull=False).exists(), seen
        assert not Contact.objects.filter(name__contains=CANARY).exists()


def test_who_does_not_see_all_of_the_patients_conversations_cannot_erase_them(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        contact = scene.patient(channel)
        identity = make_identity(contact)
        make_conversation(identity, channel, is_sensitive=True, assignee=staff[0])

        with pytest.raises(Refused, match="that you do not see"):
            erasing.erase(contact, "asked", by=staff[1])

        assert Conversation.objects.filter(contact=contact, erasing_at=None).count() == 2


def test_emergency_access_is_not_enough(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        contact = scene.patient(channel)
        mine = Conversation.objects.get(contact=contact)
        Conversation.objects.filter(pk=mine.pk).update(is_sensitive=True, assignee=staff[0])
        opened = {"member": staff[1], "conversation": mine, "reason": "urgent"}
        GlassBreak.objects.create(**opened, ends_at=timezone.now() + timedelta(hours=1))
        assert queries.visible_conversations(staff[1]).filter(pk=mine.pk).exists()

        with pytest.raises(Refused):
            erasing.erase(contact, "asked", by=staff[1])
        assert not patients.may_change(contact, staff[1])


@pytest.fixture
def meanwhile(monkeypatch):
    """Has something happen to who is to be erased while the admin's request waits for the drains."""
    wait = beginning._stop_intake
    return lambda happens: monkeypatch.setattr(beginning, "_stop_intake", lambda: (happens(), wait()))


def test_who_became_one_with_another_record_meanwhile_is_not_said_to_be_erased(
    erasable, channel, staff, meanwhile
):
    with clinic_scope(channel.clinic_id):
        contact, other = scene.patient(channel), make_contact("Nora Example")

        def join():
            Identity.objects.filter(contact=contact).update(contact=other)
            Conversation.objects.filter(contact=contact).update(contact=other)
            joining.absorb(contact.pk, other.pk)

        meanwhile(join)

        with pytest.raises(Refused, match="joined with another"):
            erasing.erase(contact, "asked", by=staff[1])
        assert not Erasure.objects.exists()


def test_what_the_record_took_over_meanwhile_is_erased_only_by_who_sees_it(
    erasable, channel, staff, meanwhile
):
    with clinic_scope(channel.clinic_id):
        contact = scene.patient(channel)
        hides = {"is_sensitive": True, "assignee": staff[0]}
        meanwhile(lambda: make_conversation(make_identity(contact), channel, **hides))

        with pytest.raises(Refused, match="that you do not see"):
            erasing.erase(contact, "asked", by=staff[1])
        assert not Conversation.objects.filter(erasing_at__isnull=False).exists()


def test_agents_cannot(erasable, channel, staff):
    with clinic_scope(channel.clinic_id), pytest.raises(Refused, match="Only admins"):
        erasing.erase(scene.patient(channel), "asked", by=staff[0])


def test_the_log_tells_who_asked_and_what_went_by_number_and_nothing_else(erasable, channel, staff):
    erasure = erase(channel, staff[1])

    with clinic_scope(channel.clinic_id):
        asked = AuditEntry.objects.get(action="patient.erasure_requested")
        done = AuditEntry.objects.get(action="patient.erased")
    assert (asked.member_id, asked.detail) == (staff[1].pk, {"reason": "asked"})
    assert (done.target_id, done.detail) == (str(erasure.pk), erasure.counts)


def test_reports_that_name_the_patient_go_and_others_stay(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        ChannelEvent.objects.create(
            channel=channel,
            field="calls",
            payload={"from": THEIR_PHONE},
            dedupe_key="x",
            occurred_at=timezone.now(),
        )

    erase(channel, staff[1])

    with clinic_scope(channel.clinic_id):
        left = [event.payload for event in ChannelEvent.objects.filter(field="calls")]
    assert left == [{"from": THEIR_PHONE}]


def test_what_was_uploaded_for_the_patient_and_not_sent_goes_with_its_file(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        upload = Attachment(channel=channel, uploaded_by=staff[0], state="stored", kind="image")
        upload.uploaded_for = Conversation.objects.get(contact=scene.patient(channel))
        upload.file.save("x-ray", ContentFile(b"x"))

    erase(channel, staff[1])

    with clinic_scope(channel.clinic_id):
        assert not Attachment.objects.exists()
    assert not default_storage.exists(upload.file.name)


def test_uploads_of_members_are_left_alone(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        Attachment.objects.create(channel=channel, uploaded_by=staff[0], state="stored", kind="image")

    erase(channel, staff[1])

    with clinic_scope(channel.clinic_id):
        assert Attachment.objects.count() == 1


def test_what_was_drawn_stays_in_no_processs_memory_for_more_than_an_hour(
    erasable, channel, staff, client, monkeypatch
):
    client.force_login(staff[1].user, "allauth.account.auth_backends.AuthenticationBackend")
    monkeypatch.setitem(bubble_parts._kept, "since", time.monotonic())
    client.get("/", {"view": "all"})
    erase(channel, staff[1])

    monkeypatch.setitem(bubble_parts._kept, "since", time.monotonic() - bubble_parts.KEPT_SECONDS - 1)
    before = bubble_parts._draw_row.cache_info().currsize
    client.get("/", {"view": "all"})

    assert before >= 2
    assert bubble_parts._draw_row.cache_info().currsize == 1  # the neighbour's


def test_statuses_of_messages_that_are_not_ours_go_too(erasable, channel, staff, superuser_connection):
    """Another system sends by the same number; what WhatsApp tells of it names the patient."""
    with clinic_scope(channel.clinic_id):
        for recipient in (PHONE, THEIR_PHONE):
            StatusEvent.objects.create(
                channel=channel, external_id="wamid.other", status="sent", recipient=recipient,
                occurred_at=timezone.now(),
            )  # fmt: skip

    erase(channel, staff[1])

    assert found(superuser_connection) == set()
    with clinic_scope(channel.clinic_id):
        assert StatusEvent.objects.get(external_id="wamid.other").recipient == THEIR_PHONE


def test_edits_of_messages_that_are_not_ours_go_too(erasable, channel, staff, arrive, superuser_connection):
    """A patient edits what they wrote to another system behind the same number: only its sender says whose it is."""
    for word, phone in ((CANARY, PHONE), (NEIGHBOUR, THEIR_PHONE)):
        said = {"type": "text", "text": {"body": f"{word} edited"}}
        edit = {"original_message_id": f"wamid.unknown-{word}", "message": said}
        arrive(messages_webhook(channel, text_message("", phone) | {"type": "edit", "edit": edit}))

    erase(channel, staff[1])

    assert found(superuser_connection) == set()
    with clinic_scope(channel.clinic_id):
        waiting = Amendment.objects.filter(applied_at=None).values_list("text", "people")
        assert list(waiting) == [(f"{NEIGHBOUR} edited", [THEIR_PHONE])]
