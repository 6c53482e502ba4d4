"""The moment after sending in which a message can be taken back: it leaves after it, or was never there."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox import queries
from inbox.delivery.claim import claim
from inbox.models import Conversation, Message
from inbox.operations import handling, later
from inbox.operations.sending import Conflict, Plan
from tests.factories import make_member

from .scheduled import MINUTE


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
