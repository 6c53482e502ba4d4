"""One patient is erased, with proof: nothing of them is left anywhere, nothing brings them back, nobody else is hurt."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic_inbox import failpoints, vault
from clinic_inbox.tenancy import ClinicModel, clinic_scope
from clinics.models import AuditEntry, Role
from clinics.refusal import Refused
from contacts.models import Contact
from inbox import gate, queries
from inbox.delivery import claim
from inbox.erasure import ledger, running, schema, tombstones
from inbox.intake.drain import LOCK, drain_batch
from inbox.models import Attachment, Conversation, Erasure, GlassBreak, Message, Tombstone
from inbox.operations import erasing, patients
from integrations.models import ChannelEvent, WebhookEvent, webhook_context
from tests.factories import (
    make_channel,
    make_clinic,
    make_conversation,
    make_identity,
    make_member,
    make_message,
)
from tests.inbox import erasing as scene
from tests.inbox.erasing import CANARY, NEIGHBOUR, PHONE, THEIR_PHONE, USER_ID, bodies, counts, erase, found
from tests.inbox.payloads import change, messages_webhook, person, status, text_message, webhook


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


@pytest.fixture
def people(channel):
    with clinic_scope(channel.clinic_id):
        return make_member("Ada Agent"), make_member("Olga Owner", Role.OWNER)


@pytest.fixture
def full(channel, arrive, people):
    """The patient with everything; the bodies, to be sent again."""
    sent = bodies(channel)
    arrive(*sent)
    with clinic_scope(channel.clinic_id):
        scene.fill(channel, *people)
    return sent


def patient(channel) -> Contact:
    with clinic_scope(channel.clinic_id):
        return scene.patient(channel)


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


def test_nothing_is_left_of_an_erased_patient_anywhere(full, channel, people, superuser_connection, tmp_path):
    before = found(superuser_connection)
    assert before >= {
        "contacts_contact", "contacts_contactnote", "contacts_identity", "contacts_consent", "inbox_message",
        "inbox_conversation", "inbox_keptdraft", "inbox_glassbreak", "inbox_episode", "inbox_attachment",
        "inbox_amendment", "inbox_reaction", "inbox_statusevent", "integrations_channelevent", "webhook", "media",
    }  # fmt: skip

    erasure = erase(channel, people[1])

    assert found(superuser_connection) == set()
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    assert erasure.state == "done"
    assert {"message", "conversation", "contact", "files", "webhookevent"} <= erasure.counts.keys()
    assert erasure.counts["files"] == 3


def test_a_neighbour_keeps_everything(full, channel, people, superuser_connection):
    before = found(superuser_connection, (NEIGHBOUR,))

    erase(channel, people[1])

    assert found(superuser_connection, (NEIGHBOUR,)) == before >= {"inbox_message", "webhook"}
    (body,) = [json.loads(body) for body in scene.opened_webhooks() if NEIGHBOUR in body]
    value = body["entry"][0]["changes"][0]["value"]
    assert [message["id"] for message in value["messages"]] == ["wamid.neighbour"]
    assert [each["wa_id"] for each in value["contacts"]] == [THEIR_PHONE]


def test_another_clinic_on_the_same_meta_app_keeps_its_patient(
    full, channel, people, arrive, superuser_connection
):
    other = make_clinic()
    with clinic_scope(other.pk):
        theirs = make_channel(channel.hook)
    arrive(messages_webhook(theirs, text_message(f"{CANARY} elsewhere", PHONE, "wamid.canary-o")))

    erase(channel, people[1])

    assert found(superuser_connection) == {
        "contacts_identity", "inbox_message", "inbox_conversation", "webhook"
    }  # fmt: skip
    with clinic_scope(other.pk):
        assert [message.text for message in Message.objects.all()] == [f"{CANARY} elsewhere"]


def test_a_redelivery_brings_nothing_back_and_its_body_is_not_kept(
    full, channel, people, arrive, superuser_connection
):
    erase(channel, people[1])
    with clinic_scope(channel.clinic_id):
        before = counts()

    arrive(*full)
    late = status("wamid.canary-out", "played", recipient_id=PHONE)
    arrive(webhook(channel, statuses=[late]))

    with clinic_scope(channel.clinic_id):
        assert counts() == before
    assert found(superuser_connection) == set()


def test_a_replay_of_what_was_held_brings_nothing_back(full, channel, people, capsys, superuser_connection):
    erase(channel, people[1])
    for body in full:
        sealed = vault.seal(body, webhook_context(channel.hook_id))
        WebhookEvent.objects.create(hook=channel.hook, body=sealed, state="dead")
    with clinic_scope(channel.clinic_id):
        before = counts()

    call_command("replay_webhooks", "--state", "done", "dead")
    drain_batch(0)

    with clinic_scope(channel.clinic_id):
        assert counts() == before
    assert found(superuser_connection) == set()


def test_a_status_that_only_knows_our_attempt_is_dropped(full, channel, people, arrive):
    with clinic_scope(channel.clinic_id):
        attempt = Message.objects.get(text=f"{CANARY} doubt").tries.get()
    erase(channel, people[1])

    arrive(webhook(channel, statuses=[
        status("wamid.unheard-of", "delivered", recipient_id="", biz_opaque_callback_data=attempt.pk.hex)
    ]))  # fmt: skip

    with clinic_scope(channel.clinic_id):
        assert counts()["StatusEvent"] == 0


def test_who_writes_again_is_a_new_patient(full, channel, people, arrive):
    old = patient(channel).pk
    erase(channel, people[1])

    now = timezone.now() + timedelta(seconds=2)
    arrive(messages_webhook(channel, text_message("Good morning", PHONE, at=now.timestamp()),
                            people=[person(PHONE, "Nora Newcomer", USER_ID)]))  # fmt: skip

    new = patient(channel)
    assert (new.name, new.pk == old) == ("Nora Newcomer", False)
    with clinic_scope(channel.clinic_id):
        assert [message.text for message in Message.objects.filter(conversation__contact=new)] == [
            "Good morning"
        ]


def test_a_name_in_the_phones_address_book_brings_back_nobody_before_they_write(
    full, channel, people, arrive
):
    erase(channel, people[1])
    card = {"type": "contact", "contact": {"full_name": "Nora", "phone_number": f"+{PHONE}"}, "action": "add"}
    stamp = {"metadata": {"timestamp": str(int(timezone.now().timestamp()) + 60)}}

    arrive(webhook(channel, change(channel, "smb_app_state_sync", state_sync=[card | stamp])))

    with clinic_scope(channel.clinic_id):
        assert Contact.objects.filter(name="Nora").count() == 0


def test_earlier_numbers_bring_nothing_back_either(channel, arrive, people):
    arrive(messages_webhook(channel, text_message("Hello", "447700900111", "wamid.canary-1")))
    move = {"type": "user_changed_number", "body": "moved", "wa_id": PHONE, "new_wa_id": PHONE}
    moved = text_message("", "447700900111", "wamid.canary-m", type="system", system=move)
    arrive(messages_webhook(channel, moved))
    erase(channel, people[1])

    old = (timezone.now() - timedelta(hours=1)).timestamp()
    arrive(messages_webhook(channel, text_message("Earlier", "447700900111", "wamid.other", at=old)))

    with clinic_scope(channel.clinic_id):
        assert counts()["Message"] == counts()["Contact"] == 0


def test_somebody_elses_number_of_today_is_spared(channel, arrive, people):
    """The number went to a stranger after the patient moved: what the stranger wrote stays, whenever it was."""
    arrive(messages_webhook(channel, text_message("Hello", "447700900111", "wamid.canary-1")))
    move = {"type": "user_changed_number", "body": "moved", "wa_id": PHONE, "new_wa_id": PHONE}
    arrive(
        messages_webhook(
            channel, text_message("", "447700900111", "wamid.canary-m", type="system", system=move)
        )
    )
    arrive(messages_webhook(channel, text_message("I am new here", "447700900111", "wamid.stranger")))

    erase(channel, people[1])

    with clinic_scope(channel.clinic_id):
        assert [message.text for message in Message.objects.all()] == ["I am new here"]
    assert any("I am new here" in body for body in scene.opened_webhooks())


def test_a_batch_costs_one_more_look_where_somebody_was_erased_and_none_elsewhere(
    full, channel, people, arrive
):
    other = [messages_webhook(channel, text_message("One", THEIR_PHONE, f"wamid.q{n}")) for n in range(2)]
    with CaptureQueriesContext(connection) as without:
        arrive(other[0])
    erase(channel, people[1])
    with CaptureQueriesContext(connection) as once:
        arrive(other[1])

    about = [query["sql"] for query in once.captured_queries if "inbox_tombstone" in query["sql"]]
    assert not [each for each in without.captured_queries if "FROM inbox_tombstone" in each["sql"]]
    assert len([each for each in about if each.startswith("SELECT digest")]) == 1


def test_what_waits_to_be_sent_is_taken_back_at_once(full, channel, people):
    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=people[1])

        states = Message.objects.filter(direction="out").values_list("text", "state")

    assert dict(states)[f"{CANARY} later"] == dict(states)[f"{CANARY} waits"] == "cancelled"


def test_what_is_queued_after_all_is_stopped_at_the_gate(full, channel, people):
    """By a colleague whose page was slower than the erasure."""
    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=people[1])
        conversation = Conversation.objects.get(erasing_at__isnull=False)
        late = make_message(
            conversation, "Late", "out", external_id=None, state="queued", due_at=timezone.now()
        )

    assert claim.claim(channel.clinic_id, channel.pk) == []

    with clinic_scope(channel.clinic_id):
        late.refresh_from_db()
        assert (late.state, late.error_code) == ("failed", "erasing")
        with pytest.raises(gate.Refused, match="erasing"):
            gate.judge(channel, conversation, gate.Wishes(), gate.Request())


def test_while_a_message_is_leaving_it_is_refused_and_nothing_has_changed(full, channel, people):
    with clinic_scope(channel.clinic_id):
        leaving = Message.objects.filter(text=f"{CANARY} waits")
        leaving.update(state="claimed", lease_until=timezone.now() + timedelta(seconds=30))

        with pytest.raises(Refused, match="is leaving just now"):
            erasing.erase(scene.patient(channel), "asked", by=people[1])

        assert not Erasure.objects.exists()
        assert not Tombstone.objects.exists()
        assert Message.objects.filter(state="scheduled").count() == 1


def test_a_message_claimed_meanwhile_is_waited_for(full, channel, people):
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(scene.patient(channel), "asked", by=people[1])
        mine = Message.objects.filter(text=f"{CANARY} waits")
        mine.update(state="claimed", lease_until=timezone.now() + timedelta(seconds=30))

    assert running.run(channel.clinic_id, erasure.pk) is False

    with clinic_scope(channel.clinic_id):
        erasure.refresh_from_db()
        assert (erasure.state, erasure.due_at > timezone.now(), mine.count()) == ("running", True, 1)
        mine.update(lease_until=timezone.now())
        Erasure.objects.update(due_at=timezone.now())
    running.run(channel.clinic_id, erasure.pk)
    with clinic_scope(channel.clinic_id):
        assert Erasure.objects.get().state == "done"


@pytest.mark.parametrize(
    "step", ["forget=raise", "forgotten=raise", *(f"erasing=raise@{n}" for n in range(1, 8))]
)
def test_a_worker_that_dies_on_the_way_leaves_the_rest_to_the_next(
    full, channel, people, step, monkeypatch, superuser_connection
):
    monkeypatch.setattr(running, "BATCH", 4)
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(scene.patient(channel), "asked", by=people[1])
    failpoints.arm(step)
    with pytest.raises(failpoints.Broken):
        running.run(channel.clinic_id, erasure.pk)
    failpoints.arm("")

    with clinic_scope(channel.clinic_id):
        Erasure.objects.update(due_at=timezone.now())  # its lease is over
    running.run(channel.clinic_id, erasure.pk)

    assert found(superuser_connection) == set()
    with clinic_scope(channel.clinic_id):
        done = Erasure.objects.get()
        assert (done.state, done.counts["message"], done.counts["conversation"]) == ("done", 9, 1)


def test_two_workers_do_not_work_on_one_erasure(full, channel, people):
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(scene.patient(channel), "asked", by=people[1])
        Erasure.objects.update(due_at=timezone.now() + timedelta(minutes=1))

    running.run(channel.clinic_id, erasure.pk)

    with clinic_scope(channel.clinic_id):
        assert Conversation.objects.filter(erasing_at__isnull=False).count() == 1


def test_from_the_first_moment_nobody_sees_the_patient(full, channel, people):
    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=people[1])

        for member in people:
            for seen in (
                queries.visible_conversations,
                queries.listed_conversations,
                queries.hidden_conversations,
            ):
                assert not seen(member).filter(erasing_at__isnull=False).exists(), seen
        assert not Contact.objects.filter(name__contains=CANARY).exists()


def test_who_does_not_see_all_of_the_patients_conversations_cannot_erase_them(full, channel, people):
    with clinic_scope(channel.clinic_id):
        contact = scene.patient(channel)
        identity = make_identity(contact)
        make_conversation(identity, channel, is_sensitive=True, assignee=people[0])

        with pytest.raises(Refused, match="that you do not see"):
            erasing.erase(contact, "asked", by=people[1])

        assert Conversation.objects.filter(contact=contact, erasing_at=None).count() == 2


def test_emergency_access_is_not_enough(full, channel, people):
    with clinic_scope(channel.clinic_id):
        contact = scene.patient(channel)
        mine = Conversation.objects.get(contact=contact)
        Conversation.objects.filter(pk=mine.pk).update(is_sensitive=True, assignee=people[0])
        opened = {"member": people[1], "conversation": mine, "reason": "urgent"}
        GlassBreak.objects.create(**opened, ends_at=timezone.now() + timedelta(hours=1))
        assert queries.visible_conversations(people[1]).filter(pk=mine.pk).exists()

        with pytest.raises(Refused):
            erasing.erase(contact, "asked", by=people[1])
        assert not patients.may_change(contact, people[1])


def test_agents_cannot(full, channel, people):
    with clinic_scope(channel.clinic_id), pytest.raises(Refused, match="Only admins"):
        erasing.erase(scene.patient(channel), "asked", by=people[0])


def test_the_log_tells_who_asked_and_what_went_by_number_and_nothing_else(full, channel, people):
    erasure = erase(channel, people[1])

    with clinic_scope(channel.clinic_id):
        asked = AuditEntry.objects.get(action="patient.erasure_requested")
        done = AuditEntry.objects.get(action="patient.erased")
    assert (asked.member_id, asked.detail) == (people[1].pk, {"reason": "asked"})
    assert (done.target_id, done.detail) == (str(erasure.pk), erasure.counts)


def test_a_tombstone_tells_nobody_who_it_was(full, channel, people):
    erase(channel, people[1])

    with clinic_scope(channel.clinic_id):
        digests = {bytes(each) for each in Tombstone.objects.values_list("digest", flat=True)}
        mine = tombstones.hasher()
        others = tombstones.Hasher("00" * 32)
    assert mine.person(f"+{PHONE}") in digests
    assert others.person(PHONE) not in digests


def test_the_list_of_erasures_lies_beside_the_database(full, channel, people, tmp_path):
    contact = patient(channel)
    erasure = erase(channel, people[1])

    path = tmp_path / ledger.NAME
    assert list(ledger.read(path)) == [ledger.Entry(channel.clinic_id, contact.pk, erasure.erased_at)]
    assert oct(path.stat().st_mode)[-3:] == "600"


def test_whoever_a_backup_brought_back_is_erased_again(
    full, channel, people, tmp_path, capsys, superuser_connection
):
    """As after a restore: the rows of before are there, and no row tells of an erasure."""
    contact = patient(channel)
    line = {
        "clinic": str(channel.clinic_id),
        "contact": str(contact.pk),
        "erased_at": timezone.now().isoformat(),
    }
    nobody = line | {"contact": str(channel.pk)}
    path = Path(tmp_path / "list")
    path.write_text(f"{json.dumps(line)}\n{json.dumps(nobody)}\n")

    for _ in range(2):
        call_command("reapply_erasures", str(path))

    assert found(superuser_connection) == set()
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said == [
        {"erased": 1, "not_there": 1, "under_way": 0},
        {"erased": 0, "not_there": 2, "under_way": 0},
    ]
    with clinic_scope(channel.clinic_id):
        assert Erasure.objects.get().reason == "restored"


@pytest.mark.parametrize("line", ["{}", "nonsense", '{"clinic": 1, "contact": 2, "erased_at": "2026"}', "[]"])
def test_a_list_that_is_none_is_an_error(db, tmp_path, line):
    (tmp_path / "list").write_text(line)

    with pytest.raises(CommandError, match="line 1 is no erasure"):
        call_command("reapply_erasures", str(tmp_path / "list"))


def test_reports_that_name_the_patient_go_and_others_stay(full, channel, people):
    with clinic_scope(channel.clinic_id):
        ChannelEvent.objects.create(
            channel=channel,
            field="calls",
            payload={"from": THEIR_PHONE},
            dedupe_key="x",
            occurred_at=timezone.now(),
        )

    erase(channel, people[1])

    with clinic_scope(channel.clinic_id):
        left = [event.payload for event in ChannelEvent.objects.filter(field="calls")]
    assert left == [{"from": THEIR_PHONE}]


def test_many_webhooks_and_reports_are_looked_through_in_batches(
    full, channel, people, monkeypatch, superuser_connection
):
    monkeypatch.setattr(running, "BATCH", 2)

    erasure = erase(channel, people[1])

    assert (erasure.state, found(superuser_connection)) == ("done", set())


def test_uploads_of_members_are_left_alone(full, channel, people):
    with clinic_scope(channel.clinic_id):
        Attachment.objects.create(channel=channel, uploaded_by=people[0], state="stored", kind="image")

    erase(channel, people[1])

    with clinic_scope(channel.clinic_id):
        assert Attachment.objects.count() == 1


def test_it_waits_for_who_is_taking_messages_in(full, channel, people, superuser_connection, monkeypatch):
    superuser_connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    with clinic_scope(channel.clinic_id), pytest.raises(Refused, match="coming in just now"):
        with_short_patience()
        erasing.erase(scene.patient(channel), "asked", by=people[1])


def with_short_patience() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
