"""When nobody knows whether a message was taken: it is settled by a status, shown, and never sent again blindly."""

import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic_inbox import failpoints
from clinic_inbox.tenancy import clinic_scope
from inbox import bells, realtime, statuses
from inbox.delivery import sweep
from inbox.models import Conversation, Message, StatusEvent
from inbox.operations.sending import retry_message
from integrations.events import StatusChanged
from integrations.models import Channel, WebhookEvent
from tests.factories import make_message
from tests.inbox.outbound import to

# Each step of a send, in its order.
STEPS = ["claim", "claimed", "send", "write", "answer", "answered", "record", "recorded"]
TAKEN = {"answer", "answered", "record", "recorded"}  # dying here, the provider has the message


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_at_any_step_doubles_nothing(outbound, step):
    message = outbound.queue()

    assert outbound.start_worker(step).wait(30) == failpoints.KILLED
    outbound.let_leases_end()
    outbound.deliver()

    is_taken = step in TAKEN
    state = outbound.read(message).state
    assert state == ("sent" if step in ("claim", "recorded") else "uncertain")
    assert len(outbound.provider.accepted) == (1 if is_taken or step == "claim" else 0)


@pytest.mark.parametrize("step", sorted(TAKEN - {"recorded"}))
def test_a_status_with_the_attempt_settles_what_a_dead_worker_left(outbound, step):
    message = outbound.queue()
    outbound.start_worker(step).wait(30)
    outbound.let_leases_end()

    outbound.tell_statuses("delivered")

    settled = outbound.read(message)
    assert (settled.state, settled.external_id, settled.lease_until) == ("delivered", "wamid.fake1", None)


def test_a_worker_that_dies_among_many_doubles_nothing(outbound):
    messages = [outbound.queue(f"{number}") for number in range(12)]

    assert outbound.start_worker("answer=exit@5").wait(30) == failpoints.KILLED
    outbound.let_leases_end()
    outbound.deliver()
    outbound.tell_statuses()

    assert max(outbound.provider.accepted_per_attempt().values()) == 1
    assert len(set(outbound.provider.texts())) == len(outbound.provider.texts())
    assert {outbound.read(message).state for message in messages} <= {"delivered", "uncertain"}


def test_a_worker_that_froze_past_its_lease_does_not_send_when_it_wakes(outbound):
    message = outbound.queue("Only once")
    worker = outbound.start_worker("write=stop", lease=timedelta(seconds=1))
    _wait_for(lambda: outbound.read(message).state == "claimed")
    time.sleep(1.5)

    with clinic_scope(outbound.clinic_id):
        assert sweep.doubt.expire_leases() == {message.conversation_id}
        again = retry_message(message, client_id=str(uuid4()), author=None)
    outbound.deliver()
    worker.send_signal(signal.SIGCONT)
    assert worker.wait(30) == 0

    assert outbound.provider.texts() == ["Only once"]
    assert (outbound.read(again).state, outbound.read(message).state) == ("sent", "retried")


def test_an_answer_that_comes_after_the_lease_still_counts(outbound):
    message = outbound.queue()
    outbound.provider.behave(to(message), "hang_after")
    worker = outbound.start_worker()
    _wait_for(lambda: len(outbound.provider.accepted) == 1)
    outbound.let_leases_end()
    in_doubt = outbound.read(message).state

    outbound.provider.released.set()
    worker.wait(30)

    assert (in_doubt, outbound.read(message).state) == ("uncertain", "sent")


def test_a_status_that_comes_before_our_own_record_is_taken_in(outbound):
    message = outbound.queue()
    early = StatusChanged("wamid.fake1", "read", timezone.now())
    with clinic_scope(outbound.clinic_id):
        statuses.record([(outbound.channel.pk, early)])

    outbound.deliver()

    assert outbound.read(message).state == "read"


def test_a_status_stored_at_the_same_moment_as_our_record_is_taken_in_by_the_sweeper(outbound):
    message = outbound.queue()
    outbound.deliver()
    with clinic_scope(outbound.clinic_id):
        StatusEvent.objects.create(
            channel=outbound.channel, external_id="wamid.fake1", status="read", occurred_at=timezone.now()
        )

    sweep.sweep()

    assert outbound.read(message).state == "read"


def test_a_reminder_in_doubt_is_tried_once_more_when_statuses_flow(outbound):
    message = outbound.queue_reminder()
    outbound.provider.behave(to(message), "reset_before", "bare_500")
    outbound.deliver()
    _later_status(outbound)

    assert outbound.let_doubts_ripen() == 1
    outbound.deliver()
    _later_status(outbound)
    assert outbound.let_doubts_ripen() == 0
    outbound.deliver()

    assert outbound.read(message).state == "uncertain"
    assert [attempt.outcome for attempt in outbound.attempts(message)] == ["uncertain", "uncertain"]


def test_a_reminder_in_doubt_reaches_the_patient_at_the_second_try(outbound):
    message = outbound.queue_reminder()
    outbound.provider.behave(to(message), "reset_before")
    outbound.deliver()
    _later_status(outbound)

    outbound.let_doubts_ripen()
    outbound.deliver()

    assert outbound.read(message).state == "sent"
    assert len(outbound.provider.accepted) == 1


def test_a_reminder_stays_in_doubt_while_no_status_comes_in(outbound):
    message = outbound.queue_reminder()
    outbound.provider.behave(to(message), "reset_after")
    outbound.deliver()

    assert outbound.let_doubts_ripen() == 0

    waiting = outbound.read(message)
    assert waiting.state == "uncertain"
    assert waiting.lease_until > timezone.now()


def test_statuses_that_wait_to_be_read_are_no_proof_of_silence(outbound):
    message = outbound.queue_reminder()
    outbound.provider.behave(to(message), "reset_after")
    outbound.deliver()
    _later_status(outbound)
    WebhookEvent.objects.create(hook=outbound.channel.hook, body=b"sealed", state="waiting")

    assert outbound.let_doubts_ripen() == 0
    assert len(outbound.provider.accepted) == 1


def test_a_member_s_own_text_is_never_sent_again_by_itself(outbound):
    message = outbound.queue()
    outbound.provider.behave(to(message), "reset_before")
    outbound.deliver()
    _later_status(outbound)

    assert outbound.let_doubts_ripen() == 0
    outbound.deliver()

    assert (outbound.read(message).state, outbound.read(message).lease_until) == ("uncertain", None)
    assert len(outbound.provider.asked) == 1


def test_the_sweeper_rings_for_what_lost_its_bell_and_expires_leases(outbound, monkeypatch):
    outbound.queue()
    dead = outbound.queue()
    with clinic_scope(outbound.clinic_id):
        expired = timezone.now() - timedelta(seconds=1)
        Message.objects.filter(pk=dead.pk).update(state="claimed", lease_until=expired)
    rung = []
    monkeypatch.setattr(bells, "ring_now", lambda *bell: rung.append(bell))

    sweep.sweep()

    assert rung == [(bells.DELIVER, outbound.clinic_id, outbound.channel.pk)]
    assert outbound.read(dead).state == "uncertain"


def test_a_sweep_that_finds_several_things_is_one_change_told_last(outbound, monkeypatch):
    answered, dead = outbound.queue(), outbound.queue()
    outbound.deliver()
    with clinic_scope(outbound.clinic_id):
        expired = timezone.now() - timedelta(seconds=1)
        Message.objects.filter(pk=dead.pk).update(state="claimed", lease_until=expired)
        external_id = outbound.read(answered).external_id
        now = timezone.now()
        StatusEvent.objects.create(
            channel=outbound.channel, external_id=external_id, status="read", occurred_at=now
        )
        before = realtime.current_seq()

    sweep.sweep()

    with clinic_scope(outbound.clinic_id):
        topics = {realtime.topic(each.conversation_id) for each in (answered, dead)}
        assert realtime.changes_since(before) == (before + 1, sorted(topics))


@pytest.mark.parametrize("state", ["paused", "broken"])
def test_what_waits_for_its_channel_for_more_than_a_day_fails_and_says_so(outbound, state):
    old, fresh = outbound.queue(), outbound.queue()
    with clinic_scope(outbound.clinic_id):
        Channel.objects.update(state=state)
        Message.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=25))

    sweep.sweep()

    assert (outbound.read(old).state, outbound.read(old).error_code) == ("failed", "too_old")
    assert outbound.read(fresh).state == "queued"


def test_a_read_receipt_that_nobody_could_tell_for_an_hour_is_let_go(outbound, monkeypatch):
    now, rung = timezone.now(), []
    old, late = outbound.conversation(), outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        for each, minutes in ((old, 61), (late, 1)):
            due_at = now - timedelta(minutes=minutes)
            Conversation.objects.filter(pk=each.pk).update(receipt_due_at=due_at)
    monkeypatch.setattr(bells, "ring_now", lambda *bell: rung.append(bell))

    sweep.sweep()

    assert rung == [(bells.SHOW_READ, outbound.clinic_id, late.pk, 0)]


def _later_status(outbound) -> None:
    """Another message of the channel got a status after now."""
    with clinic_scope(outbound.clinic_id):
        other = make_message(outbound.conversation(), "Hello", "out")
        StatusEvent.objects.create(
            channel=outbound.channel,
            message=other,
            external_id=other.external_id,
            status="delivered",
            occurred_at=timezone.now(),
        )


def _wait_for(condition, seconds=15) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
