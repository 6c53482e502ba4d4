"""Probes answer whoever runs the machines, and tell nobody else anything."""

import time

import pytest
from django.test import override_settings

from clinic_inbox import health, metrics
from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import SOCKETS, tell_sockets, valkey
from integrations.models import WebhookEvent
from tests.factories import make_clinic, make_hook, make_message


@pytest.fixture
def fresh_metrics(monkeypatch):
    """The next scrape is not served from the cache, nor does it fill it for the test after."""
    monkeypatch.setattr(metrics, "_last", {"at": None, "text": b""})


@pytest.fixture
def no_valkey():
    """Settings under which nothing listens where Valkey should be."""
    valkey.cache_clear()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        yield
    valkey.cache_clear()


def lines(client) -> set[str]:
    return set(client.get("/metrics").content.decode().splitlines())


def test_alive_needs_neither_a_database_nor_a_known_host(client):
    answer = client.get("/healthz", headers={"host": "10.1.2.3"})

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_tells_of_each_dependency(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"postgres": "ok", "migrations": "ok", "valkey": "ok"}


@pytest.mark.django_db
def test_not_ready_without_valkey(client, no_valkey):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"postgres": "ok", "migrations": "ok", "valkey": "not reachable"}


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated", [])
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *arguments: ["one"])

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["migrations"]) == (503, "not applied")


@pytest.mark.django_db
def test_metrics_are_for_this_machine_when_there_is_no_token(client, fresh_metrics):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404
    assert client.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 404


@pytest.mark.django_db
@override_settings(METRICS_TOKEN="scrape-me")
def test_metrics_with_a_token_are_for_its_holder_only(client, fresh_metrics):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    holder = client.get("/metrics", headers={"authorization": "Bearer scrape-me"}, REMOTE_ADDR="10.0.0.7")
    assert holder.status_code == 200


@pytest.mark.django_db
def test_metrics_count_every_clinic_and_every_held_webhook(client, fresh_metrics):
    hook = make_hook()
    for state in ("waiting", "waiting", "dead", "quarantined"):
        WebhookEvent.objects.create(hook=hook, body=b"sealed", state=state)
    for name in ("First", "Second"):
        with clinic_scope(make_clinic(name).pk):
            make_message(direction="out", state="queued")
            make_message(direction="out", state="uncertain")

    told = lines(client)

    assert {
        'clinic_inbox_webhooks{state="waiting"} 2.0',
        'clinic_inbox_webhooks{state="dead"} 1.0',
        'clinic_inbox_webhooks{state="quarantined"} 1.0',
        'clinic_inbox_messages_pending{state="queued"} 2.0',
        'clinic_inbox_messages_pending{state="uncertain"} 2.0',
        'clinic_inbox_messages_out_last_hour{state="queued"} 2.0',
        "clinic_inbox_attachments_waiting 0.0",
    } <= told


@pytest.mark.django_db
def test_metrics_add_up_the_sockets_of_all_live_processes(client, fresh_metrics):
    for name, count in (("a", 3), ("b", 4)):
        valkey().set(f"{SOCKETS}{name}", count, ex=30)

    told = lines(client)

    valkey().delete(f"{SOCKETS}a", f"{SOCKETS}b")
    assert {"clinic_inbox_sockets 7.0", "clinic_inbox_live_processes 2.0"} <= told


def forget_sockets() -> None:
    if names := list(valkey().scan_iter(f"{SOCKETS}*")):
        valkey().delete(*names)


@pytest.mark.django_db
def test_a_live_process_tells_its_sockets(client, fresh_metrics):
    forget_sockets()  # what a process of another test told is heard for half a minute
    tell_sockets(5)

    told = lines(client)

    forget_sockets()
    assert "clinic_inbox_sockets 5.0" in told


@pytest.mark.django_db
def test_metrics_are_read_from_the_ledger_once_in_ten_seconds(
    client, fresh_metrics, django_assert_num_queries
):
    client.get("/metrics")

    with django_assert_num_queries(0):
        client.get("/metrics")

    metrics._last["at"] = time.monotonic() - metrics.KEPT_SECONDS - 1
    WebhookEvent.objects.create(hook=make_hook(), body=b"sealed")
    assert 'clinic_inbox_webhooks{state="waiting"} 1.0' in lines(client)


@pytest.mark.django_db
def test_metrics_without_valkey_still_tell_the_rest(client, fresh_metrics, no_valkey):
    told = lines(client)

    assert {"clinic_inbox_valkey_up 0.0", 'clinic_inbox_webhooks{state="waiting"} 0.0'} <= told
