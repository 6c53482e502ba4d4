"""What a clinic no longer keeps does not come back by a webhook that is read again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox import expiry
from inbox.models import Message, RetentionRule
from tests.inbox.payloads import messages_webhook, text_message


@pytest.fixture
def told(channel):
    """The webhook of a message that was written so many days ago."""

    def told(days: int, wamid: str = "wamid.1") -> bytes:
        written = timezone.now() - timedelta(days=days)
        message = text_message(wamid=wamid) | {"timestamp": str(int(written.timestamp()))}
        return messages_webhook(channel, message)

    return told


def stored(channel) -> list[str]:
    with clinic_scope(channel.clinic_id):
        return list(Message.objects.order_by("external_id").values_list("external_id", flat=True))


def keep(channel, months: int) -> None:
    with clinic_scope(channel.clinic_id):
        RetentionRule.objects.create(subject="messages", months=months)


def test_a_deleted_message_does_not_come_back(channel, arrive, told):
    keep(channel, 6)

    arrive(told(200, "wamid.old"), told(100, "wamid.new"))

    assert stored(channel) == ["wamid.new"]


def test_without_a_rule_everything_is_taken_in(channel, arrive, told):
    arrive(told(2000))

    assert stored(channel) == ["wamid.1"]


def test_what_came_in_time_stays_until_the_rule_deletes_it(channel, arrive, told):
    arrive(told(200))
    keep(channel, 6)
    arrive(told(200))
    assert expiry.expire_clinic(channel.clinic_id) == {"messages": 0}

    assert stored(channel) == ["wamid.1"]
