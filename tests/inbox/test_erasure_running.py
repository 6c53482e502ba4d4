"""An erasure at work: what is on its way, who dies on the way, who comes in between."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic_inbox import failpoints, vault
from clinic_inbox.tenancy import clinic_scope
from clinics.refusal import Refused
from inbox import bells, gate
from inbox.delivery import claim
from inbox.erasure import beginning, running, webhooks
from inbox.intake.drain import LOCK
from inbox.models import Conversation, Erasure, Message, Tombstone
from inbox.operations import erasing
from integrations.models import WebhookEvent, webhook_context
from tests.factories import make_message
from tests.inbox import erasing as scene
from tests.inbox.erasing import CANARY, erase, found


def test_what_waits_to_be_sent_is_taken_back_at_once(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=staff[1])

        states = dict(Message.objects.filter(direction="out").values_list("text", "state"))

    assert states[f"{CANARY} later"] == states[f"{CANARY} waits"] == "cancelled"


def test_what_is_queued_after_all_is_stopped_at_the_gate(erasable, channel, staff):
    """By a colleague whose page was slower than the erasure."""
    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=staff[1])
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


def test_while_a_message_is_leaving_it_is_refused_and_nothing_has_changed(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        leaving = Message.objects.filter(text=f"{CANARY} waits")
        leaving.update(state="claimed", lease_until=timezone.now() + timedelta(seconds=30))

        with pytest.raises(Refused, match="is leaving just now"):
            erasing.erase(scene.patient(channel), "asked", by=staff[1])

        assert not Erasure.objects.exists()
        assert not Tombstone.objects.exists()
        assert Message.objects.filter(state="scheduled").count() == 1


def test_a_message_claimed_meanwhile_is_waited_for(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(scene.patient(channel), "asked", by=staff[1])
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
    "step", ["forget=raise", "forgotten=raise", *(f"erasing=raise@{n}" for n in (1, 2, 4, 7))]
)
def test_a_worker_that_dies_on_the_way_leaves_the_rest_to_the_next(
    erasable, channel, staff, step, monkeypatch, superuser_connection
):
    monkeypatch.setattr(running, "BATCH", 4)
    monkeypatch.setattr(running, "BODIES", 4)
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(scene.patient(channel), "asked", by=staff[1])
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


def test_two_workers_do_not_work_on_one_erasure(erasable, channel, staff):
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(scene.patient(channel), "asked", by=staff[1])
        Erasure.objects.update(due_at=timezone.now() + timedelta(minutes=1))

    running.run(channel.clinic_id, erasure.pk)

    with clinic_scope(channel.clinic_id):
        assert Conversation.objects.filter(erasing_at__isnull=False).count() == 1


def test_many_webhooks_and_reports_are_looked_through_in_batches(
    erasable, channel, staff, monkeypatch, superuser_connection
):
    monkeypatch.setattr(running, "BATCH", 2)
    monkeypatch.setattr(running, "BODIES", 2)

    erasure = erase(channel, staff[1])

    assert (erasure.state, found(superuser_connection)) == ("done", set())


def test_it_waits_for_who_is_taking_messages_in(erasable, channel, staff, superuser_connection, monkeypatch):
    superuser_connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    monkeypatch.setattr(beginning, "PATIENCE", "100ms")

    with clinic_scope(channel.clinic_id), pytest.raises(Refused, match="coming in just now"):
        erasing.erase(scene.patient(channel), "asked", by=staff[1])


def test_a_batch_of_webhooks_is_cut_by_their_bytes(
    erasable, channel, staff, monkeypatch, superuser_connection
):
    monkeypatch.setattr(webhooks, "MOST_BYTES", 1)
    looked_at = []
    forget_in_batch = webhooks.forget_in_batch
    monkeypatch.setattr(
        webhooks, "forget_in_batch", lambda *told: looked_at.append(told[0]) or forget_in_batch(*told)
    )

    erasure = erase(channel, staff[1])

    assert (erasure.state, found(superuser_connection)) == ("done", set())
    assert len(looked_at) >= len(scene.bodies(channel))  # one after the other


def test_a_body_that_is_nested_too_deeply_does_not_hold_it_up(erasable, channel, staff):
    hook = channel.hook_id
    deep = b'{"entry": [{"changes": [{"value": {"metadata": {"phone_number_id": "%s"}, "x": %s}}]}]}'
    deep %= channel.external_id.encode(), b'{"a":' * 990 + b"1" + b"}" * 990
    body = vault.seal(deep, webhook_context(hook))
    WebhookEvent.objects.create(hook_id=hook, body=body, state="dead", received_at=timezone.now())

    erasure = erase(channel, staff[1])

    assert erasure.state == "done"
    assert any('"a":{"a"' in each for each in scene.opened_webhooks())


def test_who_asks_twice_at_once_is_told_so(erasable, channel, staff, monkeypatch):
    """The second waited for the lock of the first, and knew of nothing before."""
    with clinic_scope(channel.clinic_id):
        contact = scene.patient(channel)
        erasing.erase(contact, "asked", by=staff[1])
        monkeypatch.setattr(erasing, "hides_some", lambda *_: False)

        with pytest.raises(Refused, match="is being erased"):
            erasing.erase(contact, "asked", by=staff[1])

        assert Erasure.objects.count() == 1


def test_it_does_not_wait_for_what_other_clinics_are_told(erasable, channel, staff, settings, monkeypatch):
    settings.INGEST_SHARDS = 4
    waited = []
    monkeypatch.setattr(bells, "ring", lambda kind, *told: waited.append((kind, *told)))

    with clinic_scope(channel.clinic_id):
        erasing.erase(scene.patient(channel), "asked", by=staff[1])

    assert [told[1] for told in waited if told[0] == bells.DRAIN] == [channel.hook_id.int % 4]
