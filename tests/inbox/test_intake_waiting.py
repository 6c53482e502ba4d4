"""Which messages make a patient wait for an answer, and which open the window to answer freely."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Conversation
from tests.factories import make_conversation, make_identity, make_message
from tests.inbox.payloads import change, messages_webhook, person, text_message, webhook

NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def thread(channel):
    """The only conversation, as it is now."""

    def thread():
        with clinic_scope(channel.clinic_id):
            return Conversation.objects.get()

    return thread


def _said(channel, minute, text="My knee"):
    at = (NOON + timedelta(minutes=minute)).timestamp()
    return messages_webhook(channel, text_message(text, at=at))


def _echo(channel, minute):
    at = (NOON + timedelta(minutes=minute)).timestamp()
    echo = text_message("Come at ten", wa_id="12025550100", at=at) | {"to": "12025550101"}
    return webhook(channel, change(channel, "smb_message_echoes", contacts=[person()], message_echoes=[echo]))


def test_an_echo_that_comes_late_answers_nothing_said_after_it(channel, arrive, thread):
    arrive(_said(channel, 0))
    arrive(_said(channel, 2))

    arrive(_echo(channel, 1))

    assert (thread().unread, thread().waiting_since) == (2, NOON)


def test_what_was_said_first_is_waited_for_since_then_though_it_comes_later(channel, arrive, thread):
    arrive(_said(channel, 2))

    arrive(_said(channel, 0))

    assert (thread().unread, thread().waiting_since) == (2, NOON)


def test_an_echo_answers_what_was_said_before_it(channel, arrive, thread):
    arrive(_said(channel, 0))

    arrive(_echo(channel, 1), _said(channel, 2))

    assert (thread().unread, thread().waiting_since) == (1, NOON + timedelta(minutes=2))


def test_what_whatsapp_tells_of_a_person_is_nothing_they_wrote(channel, arrive, thread):
    system = {"type": "customer_identity_changed", "body": "The security code changed"}

    arrive(messages_webhook(channel, text_message() | {"type": "system", "system": system}))

    found = thread()
    assert (found.unread, found.waiting_since, found.last_inbound_at) == (0, None, None)
    assert (found.is_window_open, found.status) == (False, "closed")


def test_what_is_written_in_a_group_waits_for_nobody_and_opens_no_window(channel, arrive, thread):
    arrive(messages_webhook(channel, text_message("Who knows a dentist?", group_id="group.1")))

    found = thread()
    assert (found.unread, found.waiting_since, found.last_inbound_at) == (0, None, None)
    assert (found.is_window_open, found.status) == (False, "closed")


def test_a_reply_in_the_second_of_our_message_stands_after_it(channel, arrive):
    with clinic_scope(channel.clinic_id):
        conversation = make_conversation(make_identity(wa_id="12025550101"), channel)
        ours = make_message(conversation, "Is ten fine?", "out", sent_at=timezone.now())
        Conversation.objects.update(
            last_message_at=ours.sent_at, preview="Is ten fine?", preview_direction="out"
        )

    arrive(messages_webhook(channel, text_message("Yes", at=int(ours.sent_at.timestamp()))))

    with clinic_scope(channel.clinic_id):
        thread = conversation.messages.order_by("sent_at").values_list("text", flat=True)
        assert list(thread) == ["Is ten fine?", "Yes"]
        assert Conversation.objects.get().preview == "Yes"
