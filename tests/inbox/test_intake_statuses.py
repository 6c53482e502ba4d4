"""What a status tells beyond the message's own fate."""

from clinic_inbox.tenancy import clinic_scope
from contacts.models import Consent
from inbox import statuses
from tests.factories import make_conversation, make_message
from tests.inbox.payloads import status, webhook

OPTED_OUT = {"code": 131050, "title": "User stopped marketing messages"}
AT = 1790000000


def _failed(channel, error=OPTED_OUT):
    return webhook(channel, statuses=[status("wamid.out", "failed", errors=[error], at=AT)])


def _message(channel, **fields):
    return make_message(make_conversation(channel=channel), direction="out", **fields)


def test_a_failure_because_the_person_wants_no_offers_is_their_decision_once(channel, arrive):
    with clinic_scope(channel.clinic_id):
        message = _message(channel, external_id="wamid.out")

    arrive(_failed(channel), _failed(channel))
    arrive(_failed(channel))

    with clinic_scope(channel.clinic_id):
        told = Consent.objects.values_list("identity", "purpose", "is_granted", "source").get()
        assert told == (message.conversation.identity_id, "marketing", False, "provider")
        assert Consent.objects.get().decided_at.timestamp() == AT


def test_the_decision_is_kept_when_the_failure_came_before_our_own_record(channel, arrive):
    arrive(_failed(channel))
    with clinic_scope(channel.clinic_id):
        message = _message(channel, external_id="wamid.out")

        statuses.adopt([message.pk])

        assert Consent.objects.count() == 1


def test_another_failure_decides_nothing(channel, arrive):
    with clinic_scope(channel.clinic_id):
        _message(channel, external_id="wamid.out")

    arrive(_failed(channel, {"code": 131026, "title": "Message undeliverable"}))

    with clinic_scope(channel.clinic_id):
        assert Consent.objects.count() == 0
