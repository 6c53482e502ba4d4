"""What Meta tells of a business account, and what it does to sending."""

import pytest

from clinic_inbox.tenancy import clinic_scope
from integrations.models import Channel
from tests.factories import make_channel
from tests.inbox.payloads import webhook


def _account(channel, event, at=1790000000, **told):
    return webhook(channel, {"field": "account_update", "value": {"event": event, "timestamp": at, **told}})


@pytest.fixture
def state(channel):
    def state():
        with clinic_scope(channel.clinic_id):
            found = Channel.objects.get(pk=channel.pk)
            return str(found.state), bool(found.problem)

    return state


def test_a_restricted_account_says_so_and_goes_on_answering(channel, arrive, state):
    arrive(_account(channel, "ACCOUNT_RESTRICTION"))

    assert state() == ("connected", True)


def test_a_deleted_account_sends_no_more(channel, arrive, state):
    arrive(_account(channel, "ACCOUNT_DELETED"))

    assert state() == ("broken", True)


def test_late_news_of_an_account_changes_nothing(channel, arrive, state):
    arrive(_account(channel, "ACCOUNT_RECONNECTED", at=1790000100))

    arrive(_account(channel, "ACCOUNT_DELETED", at=1790000000))

    assert state() == ("connected", False)


def test_news_of_another_account_makes_none_late(channel, arrive, state):
    with clinic_scope(channel.clinic_id):
        other = make_channel(hook=channel.hook)
    arrive(_account(other, "ACCOUNT_RECONNECTED", at=1790000100))

    arrive(_account(channel, "ACCOUNT_DELETED", at=1790000000))

    assert state() == ("broken", True)
