import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from inbox.intake import messages
from inbox.models import Message
from integrations.models import WebhookEvent
from integrations.whatsapp.contents import LONGEST_TEXT
from tests.inbox.payloads import messages_webhook, text_message


@pytest.fixture
def fail_on_poison(monkeypatch):
    """Postgres answers a message "poison" with the error of this SQLSTATE."""
    content = messages._content

    def arm(sqlstate: str):
        def choke(event):
            if event.text == "poison":
                with connection.cursor() as cursor:
                    cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")
            return content(event)

        monkeypatch.setattr(messages, "_content", choke)

    return arm


@pytest.mark.parametrize("sqlstate", ["54000", "57014", "53200", "22021", "42P01", "XX000"])
def test_what_the_database_refuses_holds_up_nobody(channel, arrive, fail_on_poison, sqlstate):
    fail_on_poison(sqlstate)

    arrive(*(messages_webhook(channel, text_message(text)) for text in ("one", "poison", "two")))

    with clinic_scope(channel.clinic_id):
        assert sorted(Message.objects.values_list("text", flat=True)) == ["one", "two"]
    poisoned = WebhookEvent.objects.exclude(state="done").get()
    assert (poisoned.state, poisoned.attempts) == ("waiting", 1)
    assert poisoned.due_at > timezone.now()


@pytest.mark.parametrize("sqlstate", ["08006", "57P01", "57P03", "53100", "25006"])
def test_a_database_that_is_away_is_no_webhooks_fault(channel, arrive, fail_on_poison, sqlstate):
    fail_on_poison(sqlstate)

    with pytest.raises(Exception, match="no"):
        arrive(*(messages_webhook(channel, text_message(text)) for text in ("one", "poison")))

    assert list(WebhookEvent.objects.values_list("state", "attempts")) == [("waiting", 0)] * 2


def test_a_connection_lost_halfway_marks_nothing(channel, arrive, monkeypatch):
    def hang_up(event):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(messages, "_content", hang_up)

    with pytest.raises(OperationalError):
        arrive(messages_webhook(channel, text_message()))

    connection.close()
    assert WebhookEvent.objects.values_list("state", "attempts").get() == ("waiting", 0)


def test_a_text_of_a_megabyte_is_kept_and_found_by_its_beginning(channel, arrive):
    endless = " ".join(f"word{number}" for number in range(140_000))

    arrive(messages_webhook(channel, text_message(endless)))

    with clinic_scope(channel.clinic_id):
        assert Message.objects.get().text == endless[:LONGEST_TEXT]
    assert WebhookEvent.objects.get().state == "done"


def test_the_search_takes_any_length(db):
    with connection.cursor() as cursor:
        for letters in ("word", "字", "ﷺ", "é"):
            endless = " ".join(f"{letters}{number}" for number in range(200_000))
            cursor.execute("SELECT length(search_words(%s))", [endless])
            assert cursor.fetchone()[0] > 1000
