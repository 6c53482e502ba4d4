"""One message to the provider and what becomes of it."""

from datetime import timedelta

import pytest
from celery.signals import worker_shutting_down
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from contacts.models import Consent
from inbox import tasks
from inbox.delivery import lock, stopping
from inbox.models import Attempt, Conversation, Message
from tests.factories import make_identity
from tests.inbox.outbound import to


def test_a_queued_message_is_sent_with_its_attempt_id(outbound):
    message = outbound.queue("See you at ten.")

    assert outbound.deliver() is False

    sent = outbound.read(message)
    assert (sent.state, sent.external_id, sent.attempts) == ("sent", "wamid.fake1", 1)
    with clinic_scope(outbound.clinic_id):
        attempt = Attempt.objects.get(message=message)
    assert attempt.outcome == "accepted"
    assert outbound.provider.accepted[0]["biz_opaque_callback_data"] == attempt.pk.hex
    assert outbound.provider.accepted[0]["text"]["body"] == "See you at ten."
    assert sent.gate["rule"] == "window"


@pytest.mark.parametrize("step", ["bare_500", "reset_before", "reset_after", (500, 131000)])
def test_an_answer_that_says_nothing_leaves_the_message_uncertain(outbound, step):
    message = outbound.queue()
    outbound.provider.behave(to(message), step)

    outbound.deliver()
    outbound.deliver()

    assert outbound.read(message).state == "uncertain"
    assert len(outbound.provider.asked) == 1


@pytest.mark.parametrize(("code", "http"), [(130429, 400), (131056, 400), (80007, 400), (4, 400)])
def test_a_message_provably_not_taken_is_tried_again_after_a_pause(outbound, code, http):
    message = outbound.queue()
    outbound.provider.behave(to(message), (http, code))

    outbound.deliver()
    waiting = outbound.read(message)
    outbound.make_due()
    outbound.deliver()

    assert (waiting.state, waiting.error_code) == ("queued", str(code))
    assert waiting.due_at > timezone.now()
    assert outbound.read(message).state == "sent"
    assert len(outbound.provider.accepted) == 1


def test_the_provider_says_how_long_to_wait(outbound):
    message = outbound.queue()
    outbound.provider.behave(to(message), (400, 4, "120"))

    outbound.deliver()

    pause = outbound.read(message).due_at - timezone.now()
    assert timedelta(seconds=110) < pause < timedelta(seconds=160)


def test_a_pause_beyond_the_promised_time_fails_the_message(outbound):
    message = outbound.queue()
    outbound.provider.behave(to(message), (400, 4, "3000"))

    outbound.deliver()

    assert (outbound.read(message).state, outbound.read(message).error_code) == ("failed", "4")


def test_a_business_error_fails_with_the_provider_s_code_and_words(outbound):
    message = outbound.queue()
    outbound.provider.behave(to(message), (400, 131026))

    outbound.deliver()

    failed = outbound.read(message)
    assert (failed.state, failed.error_code, failed.error_detail) == ("failed", "131026", "about 131026")


def test_an_unreachable_provider_leaves_the_message_queued(outbound):
    message = outbound.queue()
    with clinic_scope(outbound.clinic_id):
        outbound.channel.api_url = "http://127.0.0.1:9"
        outbound.channel.save()

    outbound.deliver()

    assert (outbound.read(message).state, outbound.read(message).error_code) == ("queued", "unreachable")


def test_a_revoked_token_stops_the_channel_and_what_waits_goes_out_when_it_is_fixed(outbound):
    message = outbound.queue()
    outbound.provider.behave(to(message), (401, 190))

    outbound.deliver()
    outbound.deliver()
    broken = outbound.read(message)
    with clinic_scope(outbound.clinic_id):
        outbound.channel.__class__.objects.update(state="connected")
    outbound.deliver()

    assert (broken.state, broken.channel.state, len(outbound.provider.asked)) == ("queued", "broken", 2)
    assert "access token" in broken.channel.problem
    assert outbound.read(message).state == "sent"


def test_a_window_that_closed_while_waiting_fails_the_message(outbound):
    message = outbound.queue()
    with clinic_scope(outbound.clinic_id):
        Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))

    outbound.deliver()

    failed = outbound.read(message)
    assert (failed.state, failed.error_code) == ("failed", "window_closed")
    assert outbound.provider.asked == []


def test_messages_of_one_conversation_leave_in_order_also_after_a_pause(outbound):
    conversation = outbound.conversation()
    messages = [outbound.queue(f"{number}", conversation) for number in range(4)]
    outbound.provider.behave(to(messages[0]), "accept", (400, 131056))

    outbound.deliver()
    first_round = outbound.provider.texts()
    outbound.make_due()
    outbound.deliver()

    assert first_round == ["0"]
    assert outbound.provider.texts() == ["0", "1", "2", "3"]


def test_nobody_gets_more_than_ten_messages_a_minute(outbound):
    conversation = outbound.conversation()
    for number in range(12):
        outbound.queue(f"{number}", conversation)

    outbound.deliver()

    assert outbound.provider.texts() == [str(number) for number in range(10)]
    with clinic_scope(outbound.clinic_id):
        waiting = Message.objects.filter(state="queued").order_by("created_at").first()
    assert timedelta(seconds=30) < waiting.due_at - timezone.now() < timedelta(seconds=61)


def test_the_address_the_provider_uses_is_kept(outbound):
    message = outbound.queue()
    outbound.provider.contact = {"user_id": "US.900100200300"}

    outbound.deliver()

    assert outbound.read(message).conversation.identity.user_id == "US.900100200300"


def test_an_address_that_somebody_else_has_stays_theirs(outbound):
    outbound.conversation(user_id="US.900100200300")
    message = outbound.queue()
    outbound.provider.contact = {"user_id": "US.900100200300"}

    outbound.deliver()

    assert outbound.read(message).state == "sent"
    assert outbound.read(message).conversation.identity.user_id is None


def test_a_person_who_stopped_offers_at_the_provider_is_remembered(outbound):
    message = outbound.queue()
    outbound.provider.behave(to(message), (400, 131050))

    outbound.deliver()

    with clinic_scope(outbound.clinic_id):
        told = Consent.objects.values_list("purpose", "is_granted", "source").get()
    assert told == ("marketing", False, "provider")
    assert outbound.read(message).state == "failed"


def test_a_stop_at_another_address_of_the_person_holds_for_what_waits_to_leave(outbound):
    message = outbound.queue_reminder()
    with clinic_scope(outbound.clinic_id):
        conversation = Conversation.objects.get(pk=message.conversation_id)
        Consent.objects.create(
            identity=make_identity(conversation.contact), purpose="care", is_granted=False,
            source="message", decided_at=timezone.now(),
        )  # fmt: skip

    outbound.deliver()

    assert (outbound.read(message).state, outbound.read(message).error_code) == ("failed", "opted_out")


def test_what_a_bell_carries_is_enough_to_deliver(outbound):
    message = outbound.queue()

    tasks.deliver(str(outbound.clinic_id), str(outbound.channel.pk))

    assert outbound.read(message).state == "sent"


def test_one_runner_per_channel(outbound):
    outbound.queue()
    with lock.hold(outbound.channel.pk) as held:
        assert held is not None
        assert outbound.deliver() is False

    assert outbound.provider.asked == []


def test_a_worker_that_is_told_to_end_claims_nothing_more_and_leaves_the_rest_to_others(outbound):
    message = outbound.queue()
    worker_shutting_down.send(sender="worker")
    try:
        assert outbound.deliver() is True
    finally:
        stopping.forget()

    assert (outbound.read(message).state, outbound.provider.asked) == ("queued", [])
