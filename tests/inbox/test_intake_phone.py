"""What was written on the clinic's own phone, now and before it was connected."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from inbox.models import Conversation, Episode
from tests.inbox.payloads import change, messages_webhook, person, text_message, webhook


def answered(channel, at=None) -> bytes:
    """An answer to the patient of payloads.py, as the phone tells of it."""
    echo = text_message("Come at ten", "12025550100", "wamid.2", at, to="12025550101")
    return webhook(channel, change(channel, "smb_message_echoes", contacts=[person()], message_echoes=[echo]))


def test_an_echo_of_the_phone_answers_the_patient(channel, arrive, scope):
    arrive(messages_webhook(channel, text_message(at=datetime.now(UTC).timestamp() - 60)))

    arrive(answered(channel))

    with scope():
        conversation = Conversation.objects.get()
        assert (conversation.unread, conversation.waiting_since, conversation.preview_direction) == (
            0,
            None,
            "out",
        )
        assert conversation.messages.get(direction="out").source == "phone"


@pytest.mark.parametrize("is_one_batch", [False, True])
def test_an_answer_from_the_phone_is_a_first_reply_and_ends_the_wait(channel, arrive, scope, is_one_batch):
    asked_at = datetime.now(UTC).timestamp() - 60
    asked = messages_webhook(channel, text_message(at=asked_at))
    answer = answered(channel, at=asked_at + 30)

    arrive(*([asked] if not is_one_batch else [asked, answer]))
    with scope():
        due = timezone.now() + timedelta(hours=1)
        Conversation.objects.filter(waiting_since__isnull=False).update(reply_due_at=due)
    if not is_one_batch:
        arrive(answer)

    with scope():
        episode = Episode.objects.get()
        assert Conversation.objects.get().reply_due_at is None
        assert episode.first_reply_at >= episode.opened_at
        assert episode.replies_met == (0 if is_one_batch else 1)


def test_an_answer_of_before_is_no_first_reply_to_what_was_asked_after_it(channel, arrive, scope):
    now = datetime.now(UTC).timestamp()
    answer = answered(channel, at=now - 60)

    arrive(answer, messages_webhook(channel, text_message(at=now - 30)))

    with scope():
        assert Episode.objects.get().first_reply_at is None
        assert Conversation.objects.get().waiting_since is not None


def test_history_never_looks_live(channel, arrive, scope):
    old = text_message("last year", at=1760000000) | {"history_context": {"status": "READ"}}
    thread = {"id": "12025550101", "messages": [old]}
    history = [{"metadata": {"phase": 0, "chunk_order": 1, "progress": 50}, "threads": [thread]}]

    arrive(webhook(channel, change(channel, "history", history=history)))

    with scope():
        conversation = Conversation.objects.get()
        assert (conversation.unread, conversation.last_inbound_at, conversation.status) == (0, None, "closed")
        assert conversation.messages.get().source == "history"
