"""Messages with a time: sent then and once, or kept in sight with the reason why not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox import gate, queries, waiting
from inbox.delivery import release, sweep
from inbox.models import Conversation, Message
from inbox.operations import later
from inbox.operations.sending import Draft, Plan, retry_message, send_message
from integrations.events import Invalid
from integrations.models import Channel
from tests.factories import make_member
from tests.inbox.templates import FILLED, make_template

from .scheduled import HOUR, MINUTE, let_pass, listed, schedule, write_as_patient


def test_it_waits_outside_queue_thread_and_list_until_its_time(outbound):
    message = schedule(outbound)

    sweep.sweep()
    outbound.deliver()

    assert (outbound.read(message).state, outbound.provider.accepted) == ("scheduled", [])
    with clinic_scope(outbound.clinic_id):
        conversation = Conversation.objects.get()
        assert queries.thread_page(conversation)[0] == []
        assert [each.pk for each in waiting.scheduled_in(conversation)] == [message.pk]
        assert conversation.preview == ""


def test_at_its_time_it_is_sent_and_stands_at_the_end_of_the_thread(outbound):
    message = schedule(outbound)
    outbound.queue("Said meanwhile.", message.conversation)
    let_pass(outbound)

    sweep.sweep()
    outbound.deliver()
    outbound.deliver()

    assert [each["text"]["body"] for each in outbound.provider.accepted] == [
        "Said meanwhile.",
        "See you at ten.",
    ]
    with clinic_scope(outbound.clinic_id):
        thread, _ = queries.thread_page(message.conversation)
    assert [(each.text, each.state) for each in thread] == [
        ("Said meanwhile.", "sent"), ("See you at ten.", "sent")
    ]  # fmt: skip
    assert listed(outbound).preview == "See you at ten."


def test_what_is_sent_now_does_not_wait_for_what_is_scheduled(outbound):
    first = schedule(outbound)
    outbound.queue("At once.", first.conversation)

    outbound.deliver()

    assert [each["text"]["body"] for each in outbound.provider.accepted] == ["At once."]


def test_many_sweeps_at_once_send_it_once(outbound):
    message = schedule(outbound)
    let_pass(outbound)
    start = threading.Barrier(4)

    def sweep_now(_):
        try:
            start.wait(10)
            release.release(outbound.clinic_id, [message.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep_now, range(4)))
    outbound.deliver()
    release.release(outbound.clinic_id, [message.pk])  # by a sweep that had looked before all this
    outbound.deliver()

    assert len(outbound.provider.accepted) == 1


def test_a_sweeper_that_dies_before_its_commit_leaves_it_to_the_next(outbound, monkeypatch):
    message = schedule(outbound)
    let_pass(outbound)
    monkeypatch.setattr(release.later, "queue", lambda *_: (_ for _ in ()).throw(RuntimeError))
    sweep.sweep()
    assert outbound.read(message).state == "scheduled"
    monkeypatch.undo()

    sweep.sweep()
    outbound.deliver()

    assert (outbound.read(message).state, len(outbound.provider.accepted)) == ("sent", 1)


def test_one_that_fails_does_not_hold_up_the_others(outbound, monkeypatch):
    broken, message = schedule(outbound, "Broken"), schedule(outbound)
    let_pass(outbound)
    queue = release.later.queue

    def fail_for_one(each, conversation):
        if each.pk == broken.pk:
            raise RuntimeError
        queue(each, conversation)

    monkeypatch.setattr(release.later, "queue", fail_for_one)

    for _ in range(2):
        sweep.sweep()

    assert outbound.read(message).state == "queued"


@pytest.mark.parametrize(("stops", "state"), [(True, "failed"), (False, "scheduled")])
def test_the_patients_message_stops_it_if_so_asked(outbound, stops, state):
    message = schedule(outbound, stops=stops)

    write_as_patient(outbound, message)

    told = outbound.read(message)
    assert (told.state, told.error_code) == (state, "patient_replied" if stops else "")
    assert (told.attempts, outbound.provider.accepted) == (0, [])


def test_a_message_taken_in_while_it_was_scheduled_stops_it_at_its_time(outbound):
    message = schedule(outbound)
    let_pass(outbound)
    with clinic_scope(outbound.clinic_id):
        Conversation.objects.update(last_inbound_at=timezone.now() - 10 * MINUTE)

    sweep.sweep()

    assert outbound.read(message).error_code == "patient_replied"


def test_the_gate_is_asked_again_at_its_time(outbound):
    message = schedule(outbound)
    let_pass(outbound)
    with clinic_scope(outbound.clinic_id):
        Conversation.objects.update(last_inbound_at=timezone.now() - 25 * HOUR, waiting_since=timezone.now())

    sweep.sweep()
    outbound.deliver()

    told = outbound.read(message)
    assert (told.state, told.error_code, outbound.provider.accepted) == ("failed", "window_closed", [])
    assert (listed(outbound).preview, listed(outbound).waiting_since is None) == ("", False)


def test_on_a_paused_number_it_waits_and_is_not_sent_hours_late(outbound):
    message = schedule(outbound)
    let_pass(outbound)
    with clinic_scope(outbound.clinic_id):
        Channel.objects.update(state="paused")
    sweep.sweep()
    assert outbound.read(message).state == "queued"

    with clinic_scope(outbound.clinic_id):
        Message.objects.update(send_at=timezone.now() - 3 * HOUR)
    sweep.sweep()

    assert (outbound.read(message).state, outbound.read(message).error_code) == ("failed", "missed")


def test_after_hours_of_standstill_it_is_shown_instead_of_sent(outbound):
    message = schedule(outbound)
    let_pass(outbound, 4 * HOUR)

    sweep.sweep()
    outbound.deliver()

    assert (outbound.read(message).error_code, outbound.provider.accepted) == ("missed", [])


def test_a_time_at_which_the_window_is_closed_needs_a_template(outbound):
    with pytest.raises(gate.Refused) as refused:
        schedule(outbound, ahead=24 * HOUR)
    assert refused.value.code == "window_closed_then"

    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        draft = Draft(template=make_template(outbound.channel), values=FILLED)
        plan = Plan(timezone.now() + 24 * HOUR)
        message = send_message(conversation, draft, client_id="t-1", plan=plan)

    assert message.state == "scheduled"


@pytest.mark.parametrize("ahead", [-MINUTE, timedelta(), timedelta(days=400)])
def test_a_time_that_is_over_or_too_far_away_is_refused(outbound, ahead):
    with pytest.raises(Invalid):
        schedule(outbound, ahead=ahead)


def test_it_is_cancelled_moved_and_sent_at_once(outbound):
    cancelled, moved, hurried = (schedule(outbound, text) for text in ("One", "Two", "Three"))
    with clinic_scope(outbound.clinic_id):
        member = make_member()
        later.take_back(cancelled, by=member)
        later.reschedule(moved, send_at=timezone.now() + 5 * HOUR, stops_on_reply=False, by=member)
        later.send_now(hurried, by=member)
        actions = list(AuditEntry.objects.order_by("created_at").values_list("action", flat=True))
    let_pass(outbound)

    sweep.sweep()
    outbound.deliver()

    assert [each["text"]["body"] for each in outbound.provider.accepted] == ["Three"]
    assert [outbound.read(each).state for each in (cancelled, moved, hurried)] == [
        "cancelled",
        "scheduled",
        "sent",
    ]
    assert actions[-3:] == ["message.taken_back", "message.rescheduled", "message.sent_now"]


def test_what_was_stopped_is_given_another_time(outbound):
    message = schedule(outbound)
    write_as_patient(outbound, message)

    with clinic_scope(outbound.clinic_id):
        later.reschedule(message, send_at=timezone.now() + HOUR, stops_on_reply=True, by=None)
    let_pass(outbound)
    sweep.sweep()
    outbound.deliver()

    assert outbound.read(message).state == "sent"


def test_its_author_is_told_until_somebody_sees_to_it(outbound):
    with clinic_scope(outbound.clinic_id):
        author, other = make_member(), make_member("Ben Colleague")
    message = schedule(outbound, author=author)
    write_as_patient(outbound, message)

    with clinic_scope(outbound.clinic_id):
        assert [each.pk for each in waiting.not_sent(author)] == [message.pk]
        assert waiting.not_sent(other) == []
        retry_message(message, client_id="again", author=other)
        assert waiting.not_sent(author) == []


def test_what_one_may_not_see_any_more_one_is_not_told_of(outbound):
    with clinic_scope(outbound.clinic_id):
        author, holder = make_member(), make_member("Ben Colleague")
    message = schedule(outbound, author=author)
    write_as_patient(outbound, message)

    with clinic_scope(outbound.clinic_id):
        Conversation.objects.update(is_sensitive=True, assignee=holder)
        assert waiting.not_sent(author) == []


# Taking back what was just sent.
