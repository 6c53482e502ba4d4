"""One clinic whose rows are locked, by a process that froze, holds up no other."""

import os
import time

import psycopg
import pytest
from django.db import connection

from clinic_inbox.tenancy import clinic_scope
from inbox.intake.drain import drain_batch
from inbox.models import Message
from integrations.models import WebhookEvent
from tests.factories import make_channel, make_clinic
from tests.inbox.payloads import messages_webhook, text_message


@pytest.fixture
def other(channel):
    """A number of another clinic, at the same hook."""
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        return make_channel(hook=channel.hook)


@pytest.fixture
def freeze(channel, arrive):
    """Hold the lock of the first clinic's counter, until the returned connection is closed."""
    arrive(messages_webhook(channel, text_message("before")))
    with psycopg.connect(os.environ["DATABASE_URL"]) as frozen:
        frozen.execute("SELECT set_config('app.clinic_id', %s, false)", [str(channel.clinic_id)])
        frozen.execute("SELECT 1 FROM inbox_feed FOR UPDATE")
        yield frozen


def _texts(channel):
    with clinic_scope(channel.clinic_id):
        return sorted(Message.objects.values_list("text", flat=True))


def test_a_locked_clinic_holds_up_no_other(channel, other, arrive, freeze):
    started = time.monotonic()

    arrive(
        *(messages_webhook(channel, text_message(f"{n}")) for n in range(3)),
        messages_webhook(other, text_message("for the other")),
    )

    assert time.monotonic() - started < 5
    assert (_texts(channel), _texts(other)) == (["before"], ["for the other"])
    assert (
        list(WebhookEvent.objects.exclude(state="done").values_list("state", "attempts"))
        == [("waiting", 0)] * 3
    )


def test_what_waited_for_a_lock_is_applied_once_it_is_free(channel, arrive, freeze):
    arrive(messages_webhook(channel, text_message("after")))
    freeze.rollback()
    WebhookEvent.objects.filter(state="waiting").update(due_at="2020-01-01T00:00Z")

    drain_batch(0)

    assert _texts(channel) == ["after", "before"]


def test_a_process_that_froze_in_a_transaction_loses_its_locks(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("30s",)
