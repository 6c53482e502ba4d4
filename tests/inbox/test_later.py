"""Messages with a time: sent then and once, or kept in sight with the reason why not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox import gate, queries, waiting
from inbox.delivery import release, sweep
from inbox.delivery.claim import claim
from inbox.intake.apply import Told, apply
from inbox.models import Conversation, Message
from inbox.operations import handling, later
from inbox.operations.sending import Conflict, Draft, Plan, retry_message, send_message
from integrations.events import Invalid, Kind, MessageReceived, Sender
from integrations.models import Channel
from tests.factories import make_member
from tests.inbox.templates import FILLED, make_template

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def schedule(
    outbound, text="See you at ten.", ahead=HOUR, stops=True, conversation=None, **options
) -> Message:
    plan = Plan(timezone.now() + ahead, stops)
    return outbound.queue(text, conversation, plan=plan, **options)


def let_pass(outbound, span=HOUR + MINUTE) -> None:
    """As if so much time had passed since everything was scheduled."""
    with clinic_scope(outbound.clinic_id):
        waiting = Message.objects.filter(state="scheduled")
        waiting.update(send_at=F("send_at") - span, created_at=F("created_at") - span)
        Conversation.objects.update(last_inbound_at=F("last_inbound_at") - span)


def listed(outbound) -> Conversation:
    with clinic_scope(outbound.clinic_id):
        return Conversation.objects.get()


def write_as_patient(outbound, message) -> None:
    """A message of this patient is taken in."""
    sender = Sender(wa_id=message.conversation.identity.wa_id)
    event = MessageReceived(f"wamid.{uuid4().hex}", sender, timezone.now(), Kind.TEXT, "I have a question.")
    apply(outbound.clinic_id, [Told(1, outbound.channel.business_id, outbound.channel.pk, event)])


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


def test_a_message_that_can_be_undone_leaves_after_its_moment(outbound):
    message = outbound.queue(plan=Plan(undo_seconds=5))
    outbound.deliver()
    assert outbound.provider.accepted == []
    outbound.make_due()

    outbound.deliver()

    assert outbound.read(message).state == "sent"


def test_undo_takes_it_out_of_thread_and_list_as_if_it_had_not_been(outbound):
    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        at = timezone.now() - 5 * MINUTE
        asked = Message.objects.create(
            conversation=conversation, channel=outbound.channel, direction="in", text="When?", sent_at=at
        )
        Conversation.objects.update(
            waiting_since=at, preview="When?", preview_direction="in", last_message_at=at
        )
        before = Conversation.objects.values().get()
    message = outbound.queue("Ten.", conversation, plan=Plan(undo_seconds=10))

    with clinic_scope(outbound.clinic_id):
        later.take_back(message, by=None)
        after = Conversation.objects.values().get()
        assert [each.pk for each in queries.thread_page(conversation)[0]] == [asked.pk]
        assert conversation.episodes.get().first_reply_at is None
    outbound.make_due()
    outbound.deliver()

    assert after.pop("attend_at"), "until when an answer is due has to be told anew"
    assert after == {name: value for name, value in before.items() if name != "attend_at"}
    assert (outbound.read(message).state, outbound.provider.accepted) == ("cancelled", [])


def test_undone_after_it_closed_the_conversation_the_patient_waits_in_the_open_list_again(outbound):
    conversation = outbound.conversation()
    with clinic_scope(outbound.clinic_id):
        member = make_member()
        Message.objects.create(
            conversation=conversation, channel=outbound.channel, direction="in", text="When?",
            sent_at=timezone.now() - MINUTE,
        )  # fmt: skip
    message = outbound.queue("Ten.", conversation, plan=Plan(undo_seconds=10), author=member)
    with clinic_scope(outbound.clinic_id):
        handling.close(conversation, by=member)

        later.take_back(message, by=member)

        conversation.refresh_from_db()
        assert (conversation.status, conversation.waiting_since is None) == ("open", False)
        assert conversation.episodes.get().closed_at is None


def test_an_answer_after_it_waits_so_that_the_order_is_kept(outbound):
    first = outbound.queue("First", plan=Plan(undo_seconds=5))
    outbound.queue("Second", first.conversation)
    outbound.deliver()
    assert outbound.provider.accepted == []

    with clinic_scope(outbound.clinic_id):
        later.send_now(first, by=None)
    outbound.deliver()
    outbound.deliver()

    assert [each["text"]["body"] for each in outbound.provider.accepted] == ["First", "Second"]


def test_what_a_worker_has_cannot_be_undone(outbound):
    message = outbound.queue(plan=Plan(undo_seconds=5))
    outbound.make_due()
    claim(outbound.clinic_id, outbound.channel.pk)

    with clinic_scope(outbound.clinic_id), pytest.raises(Conflict):
        later.take_back(message, by=None)

    assert outbound.read(message).state == "claimed"


def test_of_undo_and_claim_at_one_moment_exactly_one_wins(outbound):
    messages = [outbound.queue(str(number), plan=Plan(undo_seconds=5)) for number in range(12)]
    outbound.make_due()
    start = threading.Barrier(2)

    def undo():
        undone = set()
        try:
            start.wait(10)
            for message in messages:
                with clinic_scope(outbound.clinic_id):
                    try:
                        later.take_back(message, by=None)
                        undone.add(message.pk)
                    except Conflict:
                        continue
        finally:
            connection.close()
        return undone

    def take():
        try:
            start.wait(10)
            return {
                job.message.pk for _ in range(6) for job in claim(outbound.clinic_id, outbound.channel.pk, 2)
            }
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        undone, claimed = (future.result() for future in (pool.submit(undo), pool.submit(take)))

    assert undone & claimed == set()
    assert {message.pk for message in messages if outbound.read(message).state == "cancelled"} == undone
    assert {message.pk for message in messages if outbound.read(message).state == "claimed"} == claimed
