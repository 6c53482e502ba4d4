"""The closed loop while live, worker and Postgres are killed in turn: what was answered with 200 must be there."""

import signal
import sys
import threading
import time

import psycopg

from bench import clinic, ingest_closed
from bench.load import Load, Outcome, send
from bench.report import Report
from bench.stage import Stage, stage
from clinic_inbox.local.processes import WORKERS

EXTERNAL_ID = "wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQzQTU4NkQ0RTkyQjE%012d"
DRAIN_PATIENCE_SECONDS = 120
COLUMNS = (
    "round",
    "killed",
    "answered 200",
    "not 200 or cut off",
    "lost",
    "stored twice",
    "in its thread after s",
)
MISSING = """
SELECT count(*) FROM unnest(%s::text[]) AS wanted(id)
WHERE NOT EXISTS (SELECT FROM inbox_message m WHERE m.external_id = wanted.id)
"""
TWICE = "SELECT count(*) - count(DISTINCT external_id) FROM inbox_message"
TAKEN = "SELECT coalesce(max(id), 0) FROM integrations_webhookevent"
STUCK = (
    "SELECT state, count(*), min(due_at), max(attempts), now() FROM integrations_webhookevent GROUP BY state"
)
LOCKS = """
SELECT l.pid, l.objid, l.granted, a.state, a.wait_event, a.xact_start, left(a.query, 80)
FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory'
"""
WAITING = "SELECT EXISTS (SELECT FROM integrations_webhookevent WHERE state = 'waiting')"


def run(short: bool = False, rounds: int = 0) -> Report:
    seconds = 6.0 if short else 15.0
    rows, lost, twice, answered = [], 0, 0, 0
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=ingest_closed.CONTACTS)
        clinic.fill(prepared, workplace, each=1)
        ours = ingest_closed.ours(prepared, workplace)
        for at in range(rounds or (1 if short else 2)):
            load = Load(
                port=ours.port, sender=workplace.sender, seconds=seconds, returns=True, tells=True, prepared=1_000,
                first=10_000_000 * (at + 1),
            )  # fmt: skip
            outcome = _send_and_kill(prepared, load)
            drained = _wait_for_drain(prepared)
            missing, twice = _check(prepared, outcome)
            lost += missing
            answered += outcome.messages
            others = sum(outcome.answers.values()) - outcome.accepted
            rows.append(
                (
                    at + 1,
                    "live, worker, Postgres",
                    f"{outcome.messages:,}",
                    others,
                    missing,
                    twice,
                    f"{drained:.1f}",
                )
            )
            print(f"  lost {missing} of {outcome.messages}", file=sys.stderr, flush=True)
    targets = [
        (f"nothing lost that was answered with 200: {lost}", lost == 0),
        (f"none twice: {twice}", twice == 0),
        (f"something was answered with 200: {answered:,}", answered > 0),
    ]
    method = (
        f"{seconds:.0f} seconds of load; after a fifth of it each of `live`, the ingest worker and Postgres is killed"
        " with SIGKILL, a fifth after the other, and started again at once. Senders go on with other messages."
    )
    return Report("ingest_kill", method, COLUMNS, rows, targets, {"lost": lost, "twice": twice})


def _send_and_kill(stage: Stage, load: Load) -> Outcome:
    found = []
    sending = threading.Thread(target=lambda: found.append(send(load)))
    sending.start()
    _wait_for_first(stage)
    for kill in (_kill_live, _kill_workers, _kill_postgres):
        time.sleep(load.seconds / 5)
        kill(stage)
    sending.join()
    return found[0]


def _wait_for_first(stage: Stage) -> None:
    """Until something was taken: on a crowded machine the senders themselves take seconds to start."""
    deadline = time.monotonic() + DRAIN_PATIENCE_SECONDS
    with stage.superuser() as connection:
        (before,) = connection.execute(TAKEN).fetchone()
        while connection.execute(TAKEN).fetchone()[0] == before and time.monotonic() < deadline:
            time.sleep(0.05)


def _kill_live(stage: Stage) -> None:
    stage.kill("live")
    stage.start("live")


def _kill_workers(stage: Stage) -> None:
    stage.kill(*WORKERS)
    stage.start(*WORKERS)


def _kill_postgres(stage: Stage) -> None:
    stage.postgres.process.send_signal(signal.SIGKILL)
    stage.postgres.process.wait()
    stage.postgres.start()


def _wait_for_drain(stage: Stage) -> float:
    started = time.monotonic()
    with stage.superuser() as connection:
        while (
            connection.execute(WAITING).fetchone()[0] and time.monotonic() < started + DRAIN_PATIENCE_SECONDS
        ):
            time.sleep(0.1)
        if connection.execute(WAITING).fetchone()[0]:
            _tell_why(stage, connection)
    return time.monotonic() - started


def _tell_why(stage: Stage, connection: psycopg.Connection) -> None:
    """What is needed to see why nothing drains, before the stage with its logs is gone."""
    for query in (STUCK, LOCKS):
        print(connection.execute(query).fetchall(), file=sys.stderr)
    for name in ("ingest", "beat", "live"):
        ended = stage.processes[name].child.poll()
        print(f"{name} (ended: {ended}):\n{stage.log(name)}", file=sys.stderr, flush=True)


def _check(stage: Stage, outcome: Outcome) -> tuple[int, int]:
    ids = [
        EXTERNAL_ID % number for first, count in outcome.promised for number in range(first, first + count)
    ]
    with stage.superuser() as connection:
        (missing,) = connection.execute(MISSING, [ids]).fetchone()
        (twice,) = connection.execute(TWICE).fetchone()
    return missing, twice
