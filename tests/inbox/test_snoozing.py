from datetime import timedelta

from django.utils import timezone

from inbox import realtime, snoozing
from inbox.models import Conversation
from tests.factories import make_conversation, make_identity


def test_a_snooze_that_is_over_opens_the_conversation_and_says_so(clinic):
    now = timezone.now()
    due = make_conversation(status="snoozed", snoozed_until=now - timedelta(minutes=1))
    later = make_conversation(make_identity(), status="snoozed", snoozed_until=now + timedelta(hours=1))

    assert snoozing._wake_clinic(clinic.pk) == 1

    assert dict(Conversation.objects.values_list("pk", "status")) == {due.pk: "open", later.pk: "snoozed"}
    assert [message.kind for message in due.messages.all()] == ["woken"]
    assert realtime.changes_since(0) == (1, [realtime.topic(due.pk)])
