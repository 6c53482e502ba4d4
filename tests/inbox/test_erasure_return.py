"""Nothing brings an erased patient back: no redelivery, no replay, no late status, no phone, no backup."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic_inbox import failpoints, vault
from clinic_inbox.tenancy import clinic_scope
from contacts import joining
from contacts.models import Contact
from inbox.erasure import ledger, running, tombstones
from inbox.intake.drain import drain_batch
from inbox.models import Conversation, Erasure, Message, Tombstone
from inbox.operations import erasing
from integrations.models import ChannelEvent, WebhookEvent, webhook_context
from tests.factories import make_contact, make_conversation, make_identity, make_message
from tests.inbox import erasing as scene
from tests.inbox.erasing import CANARY, PHONE, THEIR_PHONE, USER_ID, counts, erase, found
from tests.inbox.payloads import change, messages_webhook, person, status, text_message, webhook


def patient(channel) -> Contact:
    with clinic_scope(channel.clinic_id):
        return scene.patient(channel)


def test_a_redelivery_brings_nothing_back_and_its_body_is_not_kept(
    erasable, channel, staff, arrive, superuser_connection
):
    erase(channel, staff[1])
    with clinic_scope(channel.clinic_id):
        before = counts()

    arrive(*erasable)
    late = status("wamid.canary-out", "played", recipient_id=PHONE)
    arrive(webhook(channel, statuses=[late]))

    with clinic_scope(channel.clinic_id):
        assert counts() == before
    assert found(superuser_connection) == set()


def test_a_replay_of_what_was_held_brings_nothing_back(
    erasable, channel, staff, capsys, superuser_connection
):
    erase(channel, staff[1])
    for body in erasable:
        sealed = vault.seal(body, webhook_context(channel.hook_id))
        WebhookEvent.objects.create(hook=channel.hook, body=sealed, state="dead")
    with clinic_scope(channel.clinic_id):
        before = counts()

    call_command("replay_webhooks", "--state", "done")
    call_command("replay_webhooks", "--state", "dead")
    drain_batch(0)

    with clinic_scope(channel.clinic_id):
        assert counts() == before
    assert found(superuser_connection) == set()


def test_a_status_that_only_knows_our_attempt_is_dropped(erasable, channel, staff, arrive):
    with clinic_scope(channel.clinic_id):
        attempt = Message.objects.get(text=f"{CANARY} doubt").tries.get()
    erase(channel, staff[1])

    arrive(webhook(channel, statuses=[
        status("wamid.unheard-of", "delivered", recipient_id="", biz_opaque_callback_data=attempt.pk.hex)
    ]))  # fmt: skip

    with clinic_scope(channel.clinic_id):
        assert counts()["StatusEvent"] == 0


def test_who_writes_again_is_a_new_patient(erasable, channel, staff, arrive):
    old = patient(channel).pk
    erase(channel, staff[1])

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
    erasable, channel, staff, arrive
):
    erase(channel, staff[1])
    card = {"type": "contact", "contact": {"full_name": "Nora", "phone_number": f"+{PHONE}"}, "action": "add"}
    stamp = {"metadata": {"timestamp": str(int(timezone.now().timestamp()) + 60)}}

    arrive(webhook(channel, change(channel, "smb_app_state_sync", state_sync=[card | stamp])))

    with clinic_scope(channel.clinic_id):
        assert Contact.objects.filter(name="Nora").count() == 0


def test_earlier_numbers_bring_nothing_back_either(channel, arrive, staff):
    arrive(messages_webhook(channel, text_message("Hello", "447700900111", "wamid.canary-1")))
    move = {"type": "user_changed_number", "body": "moved", "wa_id": PHONE, "new_wa_id": PHONE}
    moved = text_message("", "447700900111", "wamid.canary-m", type="system", system=move)
    arrive(messages_webhook(channel, moved))
    erase(channel, staff[1])

    old = (timezone.now() - timedelta(hours=1)).timestamp()
    arrive(messages_webhook(channel, text_message("Earlier", "447700900111", "wamid.other", at=old)))

    with clinic_scope(channel.clinic_id):
        assert counts()["Message"] == counts()["Contact"] == 0


def test_somebody_elses_number_of_today_is_spared(channel, arrive, staff):
    """The number went to a stranger after the patient moved: what the stranger wrote stays, whenever it was."""
    arrive(messages_webhook(channel, text_message("Hello", "447700900111", "wamid.canary-1")))
    move = {"type": "user_changed_number", "body": "moved", "wa_id": PHONE, "new_wa_id": PHONE}
    arrive(
        messages_webhook(
            channel, text_message("", "447700900111", "wamid.canary-m", type="system", system=move)
        )
    )
    arrive(messages_webhook(channel, text_message("I am new here", "447700900111", "wamid.stranger")))

    erase(channel, staff[1])

    with clinic_scope(channel.clinic_id):
        assert [message.text for message in Message.objects.all()] == ["I am new here"]
    assert any("I am new here" in body for body in scene.opened_webhooks())


def test_a_number_that_is_somebody_elses_is_spared_in_each_of_its_spellings(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        moved = {"old": "5215512345678", "new": "525512345678"}
        mine = Conversation.objects.get(contact=scene.patient(channel))
        make_message(mine, "", "event", kind="number_changed", content=moved)
        make_identity(wa_id=moved["new"])
        ChannelEvent.objects.create(channel=channel, field="calls", payload={"from": moved["new"]},
                                    dedupe_key="x", occurred_at=timezone.now())  # fmt: skip

    erase(channel, staff[1])

    with clinic_scope(channel.clinic_id):
        assert [each.payload["from"] for each in ChannelEvent.objects.filter(field="calls")] == [moved["new"]]


def test_a_report_about_the_whole_account_does_not_come_back_either(channel, arrive, staff):
    report = webhook(channel, {"field": "account_update", "value": {"event": "DISABLED", "told_by": PHONE}})
    arrive(messages_webhook(channel, text_message("Hello", PHONE, "wamid.canary-1")), report)
    with clinic_scope(channel.clinic_id):
        assert ChannelEvent.objects.get().channel is None
    erase(channel, staff[1])

    arrive(report)

    with clinic_scope(channel.clinic_id):
        assert counts()["ChannelEvent"] == 0


def test_a_batch_costs_one_more_look_where_somebody_was_erased_and_none_elsewhere(
    erasable, channel, staff, arrive
):
    other = [messages_webhook(channel, text_message("One", THEIR_PHONE, f"wamid.q{n}")) for n in range(2)]
    with CaptureQueriesContext(connection) as without:
        arrive(other[0])
    erase(channel, staff[1])
    with CaptureQueriesContext(connection) as once:
        arrive(other[1])

    about = [query["sql"] for query in once.captured_queries if "inbox_tombstone" in query["sql"]]
    assert not [each for each in without.captured_queries if "FROM inbox_tombstone" in each["sql"]]
    assert len([each for each in about if each.startswith("SELECT digest")]) == 1


def test_a_tombstone_tells_nobody_who_it_was(erasable, channel, staff):
    erase(channel, staff[1])

    with clinic_scope(channel.clinic_id):
        digests = {bytes(each) for each in Tombstone.objects.values_list("digest", flat=True)}
        mine = tombstones.hasher()
        others = tombstones.Hasher("00" * 32)
    assert mine.person(f"+{PHONE}") in digests
    assert others.person(PHONE) not in digests


def test_the_list_of_erasures_lies_beside_the_database(erasable, channel, staff, tmp_path):
    contact = patient(channel)
    erasure = erase(channel, staff[1])

    path = tmp_path / ledger.NAME
    assert ledger.read(path) == ({ledger.Entry(channel.clinic_id, contact.pk, erasure.erased_at)}, [])
    assert oct(path.stat().st_mode)[-3:] == "600"


def test_who_could_not_be_listed_at_once_is_listed_before_anything_is_deleted(
    erasable, channel, staff, tmp_path
):
    path = tmp_path / ledger.NAME
    path.symlink_to("/dev/full")
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(scene.patient(channel), "asked", by=staff[1])
    path.unlink()

    failpoints.arm("erasing=raise@2")
    with pytest.raises(failpoints.Broken):
        running.run(channel.clinic_id, erasure.pk)
    failpoints.arm("")

    with clinic_scope(channel.clinic_id):
        assert Message.objects.filter(conversation__contact=erasure.contact_id).count() == 9
    assert {entry.contact_id for entry in ledger.read(path)[0]} == {erasure.contact_id}


def test_half_a_line_is_told_and_keeps_nobody_from_being_erased_again(
    erasable, channel, staff, tmp_path, capsys, superuser_connection
):
    path = tmp_path / ledger.NAME
    path.write_text('{"clinic": "01')  # the machine died, or the disk was full
    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=staff[1])

    with pytest.raises(CommandError, match=f"{path}: line 1 is no erasure"):
        call_command("reapply_erasures", str(path))

    assert json.loads(capsys.readouterr().out) == {"erased": 1, "not_there": 0, "under_way": 0}
    assert found(superuser_connection) == set()


def test_whoever_a_backup_brought_back_is_erased_again(
    erasable, channel, staff, tmp_path, capsys, superuser_connection
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


def test_a_record_that_a_patient_was_joined_from_is_erased_again_too(
    erasable, channel, staff, tmp_path, capsys, superuser_connection
):
    with clinic_scope(channel.clinic_id):
        first, second, contact = make_contact(), make_contact(), scene.patient(channel)
        joining.absorb(first.pk, second.pk)
        joining.absorb(second.pk, contact.pk)
    erase(channel, staff[1])
    with clinic_scope(channel.clinic_id):  # a backup of when the record stood alone
        make_conversation(make_identity(make_contact(f"{CANARY} Example", pk=first.pk)), channel)

    call_command("reapply_erasures", str(tmp_path / ledger.NAME))

    assert json.loads(capsys.readouterr().out) == {"erased": 1, "not_there": 2, "under_way": 0}
    assert found(superuser_connection) == set()


@pytest.mark.parametrize("line", ["{}", "nonsense", '{"clinic": 1, "contact": 2, "erased_at": "2026"}', "[]"])
def test_a_list_that_is_none_is_an_error(db, tmp_path, line):
    (tmp_path / "list").write_text(line)

    with pytest.raises(CommandError, match="line 1 is no erasure"):
        call_command("reapply_erasures", str(tmp_path / "list"))
