"""The waiting webhooks of one shard, batch by batch: claim, read, apply by clinic, mark. One transaction each."""

import logging
import math
import time
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection, transaction

from clinic_inbox import vault
from clinic_inbox.failpoints import failpoint
from integrations import queries
from integrations.events import Unreadable
from integrations.models import webhook_context
from integrations.whatsapp.parse import parse

from .apply import Told, apply

logger = logging.getLogger(__name__)

BATCH = 500
BATCH_BYTES = 512 * 1024  # some thousand messages: who writes now waits for the batch before theirs
NEWEST, NEWEST_BYTES = 50, 64 * 1024  # what goes along of the newest; a replay in large posts is not among it
SECONDS_PER_TURN = 10  # then the bell is rung anew, so that a worker can be stopped between turns
MOST_ATTEMPTS = 5
LOCK = 7_301_000  # + shard: one drain at a time, because two writers on the same rows are slower than one
NOT_OURS = "names a number or account that this app does not own"
EARLIER = "came before its number or account was connected to this app by the clinic that has it now"
Row = tuple[int, UUID, bytes, datetime]  # id, hook, sealed body, when it came
# SQLSTATE: connection lost, server going down or coming up, disk full, read-only.
AWAY = ("08", "57P0", "53100", "25006")
# Somebody else holds the clinic's rows: a lock not given in time, a deadlock, a conflict.
HELD = ("55P03", "40P01", "40001")

# A plan kept since a table was small, for a foreign key too, would read all of it once it has grown. (Planning anew
# each time instead cost a plan for each foreign key of each row.) And who waits long for one clinic's locked rows
# keeps all the others waiting.
BEGIN = """
SELECT set_config('enable_seqscan', 'off', true), set_config('lock_timeout', '2s', true),
    pg_try_advisory_xact_lock(%s)
"""
# One seek per shard that has anything, however many webhooks wait.
SHARDS = """
WITH RECURSIVE shards AS (
    SELECT min(shard) AS shard FROM integrations_webhookevent WHERE state = 'waiting'
    UNION ALL
    SELECT (SELECT min(shard) FROM integrations_webhookevent WHERE state = 'waiting' AND shard > shards.shard)
    FROM shards WHERE shards.shard IS NOT NULL
)
SELECT shard FROM shards WHERE EXISTS (SELECT 1 FROM integrations_webhookevent w
    WHERE w.shard = shards.shard AND w.state = 'waiting' AND w.due_at <= now())
"""
CLAIM = """
SELECT id, hook_id, octet_length(body) FROM integrations_webhookevent
WHERE shard = %s AND state = 'waiting' AND due_at <= now() ORDER BY id {order} LIMIT %s FOR UPDATE SKIP LOCKED
"""
CLAIM_OLDEST, CLAIM_NEWEST = CLAIM.format(order="ASC"), CLAIM.format(order="DESC")
BODIES = "SELECT id, body, received_at FROM integrations_webhookevent WHERE id = ANY(%s) ORDER BY id"
DONE = """
UPDATE integrations_webhookevent SET state = 'done', error = '', done_at = now(), attempts = attempts + 1
WHERE id = ANY(%s)
"""
QUARANTINE = """
UPDATE integrations_webhookevent SET state = 'quarantined', error = %(error)s, done_at = now(),
    attempts = attempts + 1
WHERE id = %(id)s
"""
WAIT = """
UPDATE integrations_webhookevent SET due_at = clock_timestamp() + interval '3 seconds' WHERE id = ANY(%s)
"""
POSTPONE = """
UPDATE integrations_webhookevent SET attempts = attempts + 1, error = %(error)s,
    state = CASE WHEN attempts + 1 >= %(most)s THEN 'dead' ELSE 'waiting' END,
    due_at = now() + interval '2 seconds' * (4 ^ attempts)
WHERE id = %(id)s
"""


def drain(shard: int) -> bool:
    """Work on what waits in this shard for some seconds. True when there may be more, for the next turn."""
    deadline = time.monotonic() + SECONDS_PER_TURN
    while time.monotonic() < deadline:
        handled = drain_batch(shard)
        if handled is None:
            return False
        # Whoever found the lock taken a moment ago has left: what rang for them is ours to see.
        if handled == 0 and shard not in shards_waiting():
            return False
    return True


def shards_waiting() -> list[int]:
    """The shards that have webhooks due, also those beyond INGEST_SHARDS, from when it was higher."""
    with connection.cursor() as cursor:
        cursor.execute(SHARDS)
        return [shard for (shard,) in cursor.fetchall()]


def drain_batch(shard: int) -> int | None:
    """Apply one batch of waiting webhooks; returns how many were handled, None while another drain is at work."""
    with transaction.atomic():
        rows = _claim(shard)
        if rows is None:
            return None
        if rows:
            failpoint("drain-claimed")
            outcome = _Outcome(rows)
            for clinic_id, told in sorted(outcome.read().items()):  # in one order everywhere
                _apply_surely(clinic_id, told, outcome)
                failpoint("drain-applied")
            outcome.save()
    failpoint("drain-committed")
    return len(rows)


def _claim(shard: int) -> list[Row] | None:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [LOCK + shard])
        if not cursor.fetchone()[-1]:
            return None
        cursor.execute(CLAIM_OLDEST, [shard, BATCH])
        found = cursor.fetchall()
        chosen = _fill(found[:1], math.inf)  # the oldest is never passed over
        chosen |= _fill(found[1:], BATCH_BYTES)
        if len(found) == BATCH or len(chosen) < len(found):
            # After an outage what patients write now does not wait behind what they wrote then.
            cursor.execute(CLAIM_NEWEST, [shard, NEWEST])
            chosen |= _fill(cursor.fetchall(), NEWEST_BYTES)
        cursor.execute(BODIES, [list(chosen)])
        return [(event_id, chosen[event_id], body, at) for event_id, body, at in cursor.fetchall()]


def _fill(found: list[tuple[int, UUID, int]], most_bytes: float) -> dict[int, UUID]:
    """Of these webhooks, in their order, those that fit; with their hooks."""
    chosen, left = {}, most_bytes
    for event_id, hook_id, size in found:
        if size <= left:
            chosen[event_id] = hook_id
            left -= size
    return chosen


class _Outcome:
    """What becomes of each claimed webhook."""

    def __init__(self, rows: list[Row]):
        self.rows = rows
        self.quarantined: dict[int, str] = {}
        self.failed: dict[int, str] = {}
        self.held: set[int] = set()

    def read(self) -> dict[UUID, list[Told]]:
        """Open, parse and route every body: what each clinic was told."""
        hooks = {hook_id for _, hook_id, _, _ in self.rows}
        routes = {hook_id: queries.find_routes(hook_id) for hook_id in hooks}
        by_clinic = defaultdict(list)
        for event_id, hook_id, sealed, received_at in self.rows:
            try:
                arrivals = parse(vault.unseal(sealed, webhook_context(hook_id)))
            except Unreadable as error:
                self.quarantined[event_id] = f"unreadable: {error}"[:300]
                continue
            except Exception as error:  # a fault of ours: kept, counted, tried again, shown as dead at last
                logger.exception("webhook_not_read", extra={"webhook_id": event_id})
                self.failed[event_id] = f"not read: {type(error).__name__}"
                continue
            for arrival in arrivals:
                clinic_id, channel_id = routes[hook_id].find(arrival)
                if clinic_id is None:
                    self.quarantined[event_id] = NOT_OURS
                elif routes[hook_id].is_older(arrival, received_at):
                    self.quarantined[event_id] = EARLIER
                else:
                    by_clinic[clinic_id].append(
                        Told(event_id, arrival.business_id, channel_id, arrival.event)
                    )
        return by_clinic

    def save(self) -> None:
        held = self.held - self.failed.keys()
        odd = self.quarantined.keys() | self.failed.keys() | held
        with connection.cursor() as cursor:
            cursor.execute(DONE, [[event_id for event_id, *_ in self.rows if event_id not in odd]])
            if held:
                cursor.execute(WAIT, [list(held)])
            for event_id in self.quarantined.keys() - self.failed.keys() - held:
                cursor.execute(QUARANTINE, {"id": event_id, "error": self.quarantined[event_id]})
            for event_id, error in self.failed.items():
                cursor.execute(POSTPONE, {"id": event_id, "error": error[:300], "most": MOST_ATTEMPTS})


def _apply_surely(clinic_id: UUID, told: list[Told], outcome: _Outcome) -> None:
    """Apply a clinic's events together; when that fails, webhook by webhook, so that one never holds up the rest."""
    problem = _try(clinic_id, told, outcome)
    if problem is None:
        return
    for event_id in dict.fromkeys(each.webhook_id for each in told):
        if not _is_held(problem):  # else all of them would wait for the same lock, one after the other
            problem = _try(clinic_id, [each for each in told if each.webhook_id == event_id], outcome)
        if _is_held(problem):
            outcome.held.add(event_id)
        elif problem:
            outcome.failed[event_id] = f"not applied: {type(problem).__name__}"


def _try(clinic_id: UUID, told: list[Told], outcome: _Outcome) -> Exception | None:
    """Apply these events; returns what stood in the way. Raises when the database itself is away."""
    try:
        homeless = apply(clinic_id, told)
    except Exception as error:
        if _is_database_away(error):
            raise  # nothing of the batch is marked, all of it is tried again
        ids = sorted({each.webhook_id for each in told})
        logger.exception("webhooks_not_applied", extra={"clinic_id": str(clinic_id), "webhook_ids": ids})
        return error
    for event_id in homeless:
        outcome.quarantined[event_id] = "names a business account with several numbers, but not which"
    return None


def _is_database_away(error: Exception) -> bool:
    """The fault is no webhook's: the connection is lost, or the server stops, is full or only lets itself be read."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    driver = connection.connection
    return driver is None or driver.closed or _sqlstate(error).startswith(AWAY)


def _is_held(problem: Exception | None) -> bool:
    return problem is not None and _sqlstate(problem).startswith(HELD)


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
