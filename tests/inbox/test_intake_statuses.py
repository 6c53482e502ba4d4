"""What statuses make of a message, in whatever order they come, and what they tell beyond its own fate."""

import pytest

from contacts.models import Consent
from inbox import statuses
from inbox.models import Message, StatusEvent
from tests.factories import make_conversation, make_message
from tests.inbox.payloads import status, webhook

OPTED_OUT = {"code": 131050, "title": "User stopped marketing messages"}
AT = 1790000000


def _failed(channel, error=OPTED_OUT):
    return webhook(channel, statuses=[status("wamid.out", "failed", errors=[error], at=AT)])


def _message(channel, **fields):
    return make_message(make_conversation(channel=channel), direction="out", **fields)


def test_a_failure_because_the_person_wants_no_offers_is_their_decision_once(channel, arrive, scope):
    with scope():
        message = _message(channel, external_id="wamid.out")

    arrive(_failed(channel), _failed(channel))
    arrive(_failed(channel))

    with scope():
        told = Consent.objects.values_list("identity", "purpose", "is_granted", "source").get()
        assert told == (message.conversation.identity_id, "marketing", False, "provider")
        assert Consent.objects.get().decided_at.timestamp() == AT


def test_the_decision_is_kept_when_the_failure_came_before_our_own_record(channel, arrive, scope):
    arrive(_failed(channel))
    with scope():
        message = _message(channel, external_id="wamid.out")

        statuses.adopt([message.pk])

        assert Consent.objects.count() == 1


def test_another_failure_decides_nothing(channel, arrive, scope):
    with scope():
        _message(channel, external_id="wamid.out")

    arrive(_failed(channel, {"code": 131026, "title": "Message undeliverable"}))

    with scope():
        assert Consent.objects.count() == 0


@pytest.mark.parametrize(
    "order", [("sent", "delivered", "read"), ("read", "delivered", "sent"), ("delivered", "read")]
)
def test_statuses_only_move_forward(channel, arrive, scope, order):
    with scope():
        _message(channel, external_id="wamid.out", state="sent")

    arrive(*(webhook(channel, statuses=[status("wamid.out", state)]) for state in order * 2))

    with scope():
        assert Message.objects.get().state == "read"
        assert StatusEvent.objects.count() == len(order)


def test_a_status_that_comes_before_our_own_record_waits_for_it(channel, arrive, scope):
    arrive(webhook(channel, statuses=[status("wamid.early", "delivered")]))
    with scope():
        message = _message(channel, state="claimed", external_id=None)
        message.external_id, message.state = "wamid.early", "sent"
        message.save()

        statuses.adopt([message.pk])

        assert Message.objects.get().state == "delivered"


def test_a_failed_message_tells_the_providers_reason(channel, arrive, scope):
    with scope():
        _message(channel, external_id="wamid.out")
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp"}}

    arrive(webhook(channel, statuses=[status("wamid.out", "failed", errors=[error])]))

    with scope():
        message = Message.objects.get()
        assert (message.state, message.error_code, message.error_detail) == (
            "failed",
            "131026",
            "Not on WhatsApp",
        )
