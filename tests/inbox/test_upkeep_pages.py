"""What admins look after: the health page and the rules of keeping."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic_inbox.tenancy import uuid7_of
from clinic_inbox.valkey import note_round, valkey
from clinics.models import AuditEntry
from clinics.queries import BACKUP_STAMP
from inbox import health
from inbox.models import Erasure, RetentionRule
from integrations.models import WebhookEvent
from tests.factories import make_channel, make_conversation, make_hook, make_message


@pytest.fixture
def browser(client, admin):
    client.force_login(admin.user)
    return client


@pytest.fixture(autouse=True)
def workers(db, settings, tmp_path):
    """All of them have just been seen, and a backup was just made."""
    settings.DATA_DIR = tmp_path
    stamp_backup(tmp_path, timezone.now())
    valkey().flushdb()
    for name in ("ingest", "delivery", "errands", "sounds"):
        note_round(name)


def stamp_backup(folder, at):
    (folder / BACKUP_STAMP).write_text(json.dumps({"at": at.isoformat()}))


def hold(clinic, state="dead", **fields) -> WebhookEvent:
    hook = make_hook(clinic)
    return WebhookEvent.objects.create(hook=hook, body=b"sealed", state=state, **fields)


def bad() -> list[str]:
    """The titles of what is not well."""
    return [check.title for section in health.look() for check in section.checks if not check.is_good]


def test_a_clinic_in_order_is_told_so(clinic, browser):
    make_channel(last_event_at=timezone.now())
    make_message()

    page = browser.get("/settings/health/")

    assert bad() == []
    assert "All well" in page.content.decode()


def old(minutes: int):
    return timezone.now() - timedelta(minutes=minutes)


def erasing(begun, **fields) -> Erasure:
    return Erasure.objects.create(pk=uuid7_of(begun), contact_id=uuid4(), reason="asked", **fields)


TROUBLES = {
    "No webhook is held back": lambda clinic: hold(clinic),
    "Webhooks are taken in at once": lambda clinic: hold(clinic, "waiting", received_at=old(2)),
    "No message is in doubt": lambda clinic: make_message(direction="out", state="uncertain"),
    "Messages go out at once": lambda clinic: make_message(
        direction="out", state="queued", created_at=old(6)
    ),
    "Messages are accepted": lambda clinic: make_message(direction="out", state="failed"),
    "WhatsApp can send": lambda clinic: make_channel(state="broken", last_event_at=old(1)),
    "WhatsApp hears from WhatsApp": lambda clinic: make_channel(last_event_at=None),
    "Erasures come to their end": lambda clinic: erasing(begun=old(61)),
}


@pytest.mark.parametrize("title", TROUBLES)
def test_each_trouble_is_named(clinic, browser, title):
    make_channel(last_event_at=timezone.now())

    TROUBLES[title](clinic)

    assert bad() == [title]
    assert "1 thing needs you" in browser.get("/settings/health/").content.decode()


def test_an_erasure_under_way_or_done_is_no_trouble(clinic, browser):
    make_channel(last_event_at=timezone.now())
    erasing(begun=old(30), erased_at=old(60 * 24 * 30))  # done again after a backup was restored
    erasing(begun=old(90), state="done")

    page = browser.get("/settings/health/").content.decode()

    assert bad() == []
    assert "1 patient is being erased." in page


def test_a_silent_number_is_named(clinic):
    make_channel(last_event_at=old(90), silent_since=old(90))

    assert bad() == ["WhatsApp hears from WhatsApp"]


def test_workers_that_stopped_are_named(clinic):
    valkey().flushdb()

    assert bad() == [
        "The workers for what comes in are at work",
        "The workers for what goes out are at work",
        "The workers for files and errands are at work",
        "The worker for voice messages is at work",
    ]


@pytest.mark.parametrize("days", [2, None])
def test_a_missing_or_old_backup_is_named(clinic, tmp_path, days):
    (tmp_path / BACKUP_STAMP).unlink()
    if days:
        stamp_backup(tmp_path, timezone.now() - timedelta(days=days))

    assert bad() == ["Backups are made"]


def test_without_valkey_the_page_says_so(clinic, browser, settings):
    valkey.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        assert bad() == ["Background work is done"]
    finally:
        valkey.cache_clear()


def test_held_webhooks_are_read_again_on_request(clinic, browser):
    event = hold(clinic, attempts=5, error="broken")

    page = browser.post("/settings/health/replay/").content.decode()

    event.refresh_from_db()
    assert (event.state, event.attempts, event.error) == ("waiting", 0, "")
    assert "1 webhook is read again." in page
    assert AuditEntry.objects.get(action="webhooks.replayed").detail == {"count": 1}


def test_another_clinics_and_shared_webhooks_are_neither_shown_nor_replayed(clinic, other_clinic, browser):
    held = [hold(None), hold(other_clinic)]

    browser.post("/settings/health/replay/")

    for event in held:
        event.refresh_from_db()
    assert {event.state for event in held} == {"dead"}
    assert bad() == []


def test_the_health_page_asks_no_more_for_more_rows(clinic, browser):
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            make_message(make_conversation(), direction="out", state="uncertain")
            hold(clinic)
        browser.get("/settings/health/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get("/settings/health/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_rules_of_keeping_are_set_changed_and_lifted(clinic, browser):
    def save(**months):
        return browser.post("/settings/retention/", months).content.decode()

    assert "Saved" in save(messages="24", files="12")
    assert dict(RetentionRule.objects.values_list("subject", "months")) == {"messages": 24, "files": 12}

    save(messages="12", files="24")
    assert dict(RetentionRule.objects.values_list("subject", "months")) == {"messages": 12, "files": 12}

    save()
    assert list(RetentionRule.objects.all()) == []
    details = AuditEntry.objects.filter(action="retention.changed").order_by("created_at")
    assert [entry.detail for entry in details] == [
        {"messages": 24, "files": 12},
        {"messages": 12},
        {"messages": "kept", "files": "kept"},
    ]


def test_a_time_that_is_not_offered_is_refused(clinic, browser):
    page = browser.post("/settings/retention/", {"messages": "1"}).content.decode()

    assert "settings-saved" not in page
    assert not RetentionRule.objects.exists()


def test_the_page_shows_what_is_set(clinic, browser):
    RetentionRule.objects.create(subject="messages", months=36)

    page = browser.get("/settings/retention/").content.decode()

    assert '<option value="36" selected>' in page
