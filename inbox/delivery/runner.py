"""One channel's runner: claims, sends and records until nothing is due or its turn is over."""

import logging
import time
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from clinic_inbox.failpoints import failpoint
from clinic_inbox.tenancy import clinic_scope
from integrations.credentials import credentials_of
from integrations.models import Channel
from integrations.whatsapp.api import Credentials

from . import lock
from .claim import MOST, claim, has_due
from .job import Job, Result
from .line import CONNECTIONS, Line, open_line
from .rates import Pace
from .record import record
from .stopping import is_stopping

logger = logging.getLogger(__name__)

SECONDS_PER_TURN = 20  # then another channel may have the worker
RECORD_MOST, RECORD_SECONDS = 200, 0.05
# With more than so many under way, answers are collected longer: larger batches cost less.
BUSY, BUSY_SECONDS = 20, 0.12
FULL_HAND = 0.7  # of a second's worth waiting: no claim yet
IDLE_SECONDS = 0.25  # between looks for new messages while answers are awaited
UNRECORDED_SECONDS = 30  # how long answers are kept while the database is away


def run(clinic_id: UUID, channel_id: UUID) -> bool:
    """Deliver what is due on this channel. True when there is more to do, for another turn."""
    with lock.hold(channel_id) as held:
        if held is None:
            return False
        with clinic_scope(clinic_id):
            channel = Channel.objects.filter(pk=channel_id, state=Channel.State.CONNECTED).first()
            credentials = channel and credentials_of(channel)
        if channel is None:
            return False
        with open_line(credentials, Pace(channel.sends_per_second)) as line:
            _deliver(clinic_id, channel_id, line, held)
    # Whoever was turned away at the lock meanwhile relies on us to see what they rang for.
    return has_due(clinic_id, channel_id)


def _deliver(clinic_id: UUID, channel_id: UUID, line: Line, held: lock.Hold) -> None:
    started, look_at = time.monotonic(), 0.0
    in_flight = 0
    while True:
        now, is_ours = time.monotonic(), held.is_held()
        is_our_turn = now - started < SECONDS_PER_TURN and not is_stopping()
        may_claim = is_ours and is_our_turn and now >= look_at
        if may_claim and (room := _room(line, in_flight)):
            jobs = _claim_if_possible(clinic_id, channel_id, room)
            failpoint("claimed")
            line.give(jobs)
            in_flight += len(jobs)
            look_at = 0.0 if jobs else now + IDLE_SECONDS
        if not in_flight:
            return
        results = line.collect(RECORD_MOST, BUSY_SECONDS if in_flight > BUSY else RECORD_SECONDS)
        if results:
            failpoint("answered")
            _record_surely(clinic_id, channel_id, results, line.credentials)
            failpoint("recorded")
            in_flight -= len(results)
            look_at = 0.0  # an answer lets the next message of its conversation go


def _claim_if_possible(clinic_id: UUID, channel_id: UUID, room: int) -> list[Job]:
    """Nothing while the database is away: what is under way still needs its answers recorded."""
    try:
        return claim(clinic_id, channel_id, room)
    except (OperationalError, InterfaceError):
        logger.warning("claim_failed")
        connection.close()
        return []


def _room(line: Line, in_flight: int) -> int:
    """How many more may be claimed: up to a second's worth in hand, so that leases do not run out in a queue.

    None while most of that is still waiting: a claim costs hardly more for many than for one.
    """
    in_hand, waiting = max(10, int(line.pace.rate)), len(line.waiting)
    if waiting > in_hand * FULL_HAND:
        return 0
    return max(0, min(MOST, in_hand - waiting, 2 * CONNECTIONS - in_flight))


def _record_surely(
    clinic_id: UUID, channel_id: UUID, results: list[Result], credentials: Credentials
) -> None:
    """Record, also over a short absence of the database. What cannot be recorded becomes uncertain by its lease."""
    until = time.monotonic() + UNRECORDED_SECONDS
    while True:
        try:
            record(clinic_id, channel_id, results, credentials)
            return
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        except Exception:
            logger.exception("results_not_recorded", extra={"count": len(results)})
            if len(results) == 1:
                return
            for result in results:  # one poison answer never takes its neighbours with it
                _record_surely(clinic_id, channel_id, [result], credentials)
            return
