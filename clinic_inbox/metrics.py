"""What an operator watches, read from the ledger: how much waits, how long already, and what went wrong.

Totals over all clinics, never per clinic or person. Read at most every 10 s per process, so that a scraper in a hurry
costs nothing.
"""

import threading
import time
from collections import defaultdict

import redis
from django.db import connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from clinics.models import Clinic
from integrations.models import Channel

from .tenancy import clinic_scope
from .valkey import SOCKETS, valkey

CONTENT_TYPE = CONTENT_TYPE_LATEST
KEPT_SECONDS = 10
UNSETTLED = ("queued", "claimed", "uncertain")

# The sequence, because done webhooks are purged and a counter must not go back.
WEBHOOKS = """
SELECT coalesce(pg_sequence_last_value('integrations_webhookevent_id_seq'), 0),
    count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'quarantined'),
    count(*) FILTER (WHERE state = 'dead'),
    coalesce(extract(epoch FROM now() - min(received_at) FILTER (WHERE state = 'waiting')), 0)
FROM integrations_webhookevent WHERE state IN ('waiting', 'quarantined', 'dead')
"""
# Each part is one range of an index; a clinic's millions of settled messages are not counted. Ids are UUIDv7, so the
# newest hour is the end of the clinic's key.
CLINIC = """
SELECT 'pending', state, count(*), extract(epoch FROM now() - min(created_at))
    FROM inbox_message WHERE clinic_id = %(clinic)s AND state = 'queued' GROUP BY state
UNION ALL SELECT 'pending', state, count(*), extract(epoch FROM now() - min(created_at))
    FROM inbox_message WHERE clinic_id = %(clinic)s AND state IN ('claimed', 'uncertain') GROUP BY state
UNION ALL SELECT direction, state, count(*), 0
    FROM inbox_message WHERE clinic_id = %(clinic)s AND id > uuidv7('-1 hour'::interval) GROUP BY direction, state
UNION ALL SELECT 'attachments', state, count(*), extract(epoch FROM now() - min(created_at))
    FROM inbox_attachment WHERE clinic_id = %(clinic)s AND state = 'waiting' GROUP BY state
UNION ALL SELECT 'channels', state, count(*), 0
    FROM integrations_channel WHERE clinic_id = %(clinic)s GROUP BY state
UNION ALL SELECT 'channels', 'silent', count(*), 0
    FROM integrations_channel WHERE clinic_id = %(clinic)s AND silent_since IS NOT NULL
"""

_lock = threading.Lock()
_last: dict = {"at": None, "text": b""}


def exposition() -> bytes:
    """All metrics in Prometheus' text format, at most KEPT_SECONDS old."""
    with _lock:
        now = time.monotonic()
        if _last["at"] is None or now - _last["at"] > KEPT_SECONDS:
            registry = CollectorRegistry(auto_describe=False)
            registry.register(_Ledger())
            _last.update(at=now, text=generate_latest(registry))
        return _last["text"]


class _Ledger:
    """prometheus-client's shape for values that are read when asked for."""

    def collect(self):
        yield from _webhooks()
        yield from _clinics()
        yield from _sockets()


def _webhooks():
    received, waiting, quarantined, dead, oldest = _rows(WEBHOOKS)[0]
    yield CounterMetricFamily(
        "clinic_inbox_webhooks_received", "Webhooks stored since the beginning", received
    )
    held = GaugeMetricFamily(
        "clinic_inbox_webhooks", "Webhooks by state, settled ones left out", labels=["state"]
    )
    for state, count in (("waiting", waiting), ("quarantined", quarantined), ("dead", dead)):
        held.add_metric([state], count)
    yield held
    yield _gauge("clinic_inbox_webhooks_oldest_waiting_seconds", "Age of the oldest waiting webhook", oldest)


def _clinics():
    counts, ages = defaultdict(int), defaultdict(float)
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with clinic_scope(clinic_id):
            rows = _rows(CLINIC, {"clinic": clinic_id})
        for what, state, count, age in rows:
            counts[what, state] += count
            ages[what, state] = max(ages[what, state], float(age))
    yield _by_state("clinic_inbox_messages_pending", "Messages not yet settled", counts, "pending", UNSETTLED)
    oldest = ages["pending", "queued"]
    yield _gauge("clinic_inbox_messages_oldest_queued_seconds", "Age of the oldest queued message", oldest)
    yield _by_state("clinic_inbox_messages_in_last_hour", "Messages from patients, last hour", counts, "in")
    yield _by_state("clinic_inbox_messages_out_last_hour", "Messages to patients, last hour", counts, "out")
    waiting = counts["attachments", "waiting"]
    yield _gauge("clinic_inbox_attachments_waiting", "Files still to be fetched", waiting)
    oldest = ages["attachments", "waiting"]
    yield _gauge("clinic_inbox_attachments_oldest_waiting_seconds", "Age of the oldest of them", oldest)
    silent = counts.pop(("channels", "silent"), 0)
    yield _by_state("clinic_inbox_channels", "Channels by state", counts, "channels", Channel.State.values)
    yield _gauge(
        "clinic_inbox_channels_silent", "Channels that usually hear from patients and do not", silent
    )


def _by_state(name: str, text: str, counts: dict, what: str, always=()) -> GaugeMetricFamily:
    """One line per state; those of `always` also at zero, so that an alarm has something to compare with."""
    family = GaugeMetricFamily(name, text, labels=["state"])
    for state in sorted({state for kind, state in counts if kind == what} | set(always)):
        family.add_metric([state], counts[what, state])
    return family


def _sockets():
    try:
        names = list(valkey().scan_iter(match=f"{SOCKETS}*", count=1000))
        counts = [int(value) for value in valkey().mget(names) if value] if names else []
    except redis.RedisError:
        yield _gauge("clinic_inbox_valkey_up", "Valkey answers", 0)
        return
    yield _gauge("clinic_inbox_valkey_up", "Valkey answers", 1)
    yield _gauge("clinic_inbox_live_processes", "Live processes that told their sockets lately", len(counts))
    yield _gauge("clinic_inbox_sockets", "Open websockets", sum(counts))


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, float(value))


def _rows(sql: str, values: dict | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
