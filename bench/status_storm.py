"""Three thousand status callbacks a second on a large table: what a campaign brings back."""

import statistics
import sys
import time
from dataclasses import dataclass

import psycopg

from bench import ingest_closed
from bench.filling import Filled
from bench.floors import status_updates
from bench.ingest_closed import Contender
from bench.load import Load, send
from bench.report import Report, spread
from bench.stage import Stage
from clinic_inbox.local.processes import WORKERS

RATE = 3_000
PATIENCE_SECONDS = 60
COLUMNS = (
    "messages", "callbacks/s", "p50 ms", "p99 ms", "drained after s", "lost", "CPU µs each", "drain/s", "floor/s",
    "drain ÷ floor", "÷ per-row commit", "WAL bytes each",
)  # fmt: skip
STORED = "SELECT count(*) FROM inbox_statusevent"
WAITING = "SELECT count(*) FROM integrations_webhookevent WHERE state = 'waiting'"
# A message told read and delivered, in whatever order, is read.
BACK = """
SELECT count(*) FROM inbox_message m JOIN inbox_statusevent s ON s.message_id = m.id AND s.status = 'read'
WHERE m.state <> 'read'
"""


@dataclass
class Storm:
    """One size's figures."""

    messages: int
    paced: list[ingest_closed.Round]
    drains: list[float]
    floors: list[float]
    per_row: list[float]
    wal: list[float]
    backwards: int

    @property
    def cpu(self) -> float:
        return statistics.median(
            sum(each.cpu_each(group) for group in ("app", "postgres")) for each in self.paced
        )


def measure(filled: Filled, ours: Contender, *, rounds: int) -> Storm:
    """At an even pace first; then what the worker manages when 20,000 wait, beside the floors."""
    prepared, sender = filled.stage, filled.big.sender
    seconds, backlog = 5.0, 20_000
    first = filled.statuses_told
    contender = Contender(
        ours.name, ours.port, ours.path, ours.processes, ours.database, STORED, ours.waiting, 1_000
    )
    storm = Storm(filled.messages, [], [], [], [], [], 0)
    with prepared.superuser("floor") as floor:
        for _ in range(rounds):
            storm.paced.append(
                ingest_closed.measure(
                    prepared, contender, sender, seconds=seconds, first=first, rate=RATE,
                    connections=64, stream="statuses",
                )
            )  # fmt: skip
            first += int(seconds * RATE) // 2 + 1  # two for each message
            drained, wal = _drain(prepared, ours.port, sender, first, backlog)
            first += backlog // 2 + 1
            storm.drains.append(drained)
            storm.wal.append(wal)
            storm.floors.append(status_updates.rate(floor, first, backlog // 2))
            first += backlog // 2
            storm.per_row.append(status_updates.rate(floor, first, 500, batch=1))
            first += 500
            print(f"  statuses drained at {drained:,.0f}/s", file=sys.stderr, flush=True)
    filled.statuses_told = first
    with prepared.superuser() as connection:
        storm.backwards = _one(connection, BACK)
    return storm


def _drain(stage: Stage, port: int, sender: dict, first: int, count: int) -> tuple[float, float]:
    """Statuses a second once the worker starts on a backlog, and the bytes of log each of them made."""
    stage.end(*WORKERS)
    load = Load(
        port=port, sender=sender, seconds=60, first=first, stream="statuses", most=count, prepared=1_000
    )
    accepted = send(load).accepted
    with stage.superuser() as connection:
        before, wal = (
            _one(connection, STORED),
            _one(connection, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"),
        )
        stage.start(*WORKERS)
        deadline, started, seen = time.monotonic() + PATIENCE_SECONDS, 0.0, 0
        while (waiting := _one(connection, WAITING)) and time.monotonic() < deadline:
            if not started and waiting < accepted:  # from the end of the first batch
                started, seen = time.monotonic(), _one(connection, STORED)
            time.sleep(0.01)
        taken = time.monotonic() - started
        stored = _one(connection, STORED)
        bytes_each = (_one(connection, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn") - wal) / max(
            1, stored - before
        )
    return (stored - seen) / taken if started else 0.0, float(bytes_each)


def report(storms: list[Storm]) -> Report:
    """The table and whether the promises were kept, at the sizes measured so far."""
    targets = []
    for storm in storms:
        ratios = [mine / other for mine, other in zip(storm.drains, storm.floors, strict=True)]
        by_row = [mine / other for mine, other in zip(storm.drains, storm.per_row, strict=True)]
        size = f"{storm.messages:,} messages"
        targets += [
            (
                f"{size}: drain at least 0.5 × the floor: {spread(ratios, 2)} ×",
                statistics.median(ratios) >= 0.5,
            ),
            (f"{size}: at least 5 × a commit per row: {spread(by_row, 1)} ×", statistics.median(by_row) >= 5),
        ]
    lost = sum(each.outcome.accepted - each.stored for storm in storms for each in storm.paced)
    backwards = sum(storm.backwards for storm in storms)
    targets += [(f"none lost: {lost}", lost == 0), (f"no state moved back: {backwards}", backwards == 0)]
    if len(storms) > 1:
        growth = storms[-1].cpu / storms[0].cpu
        targets.append((f"CPU each at most 1.3 × per ten times the messages: {growth:.2f} ×", growth <= 1.3))
    method = (
        f"{RATE:,} status callbacks a second, one per POST, delivered and read for each message, a tenth in the wrong"
        " order. Then 20,000 wait while the worker is stopped, and it drains them. The floor keeps what is told and"
        " moves the states in batches of 500, straight into Postgres; per-row commit does so one by one."
    )
    figures = {"lost": lost, "backwards": backwards}
    return Report("status_storm", method, COLUMNS, [_row(storm) for storm in storms], targets, figures)


def _row(storm: Storm) -> tuple:
    outcomes = [each.outcome for each in storm.paced]
    return (
        f"{storm.messages:,}",
        spread(each.accepted / each.seconds for each in outcomes),
        spread((each.p50 for each in outcomes), 1),
        spread((each.p99 for each in outcomes), 1),
        spread((each.seconds - each.outcome.seconds for each in storm.paced), 1),
        sum(each.outcome.accepted - each.stored for each in storm.paced),
        f"{storm.cpu:,.0f}",
        spread(storm.drains),
        spread(storm.floors),
        spread((mine / other for mine, other in zip(storm.drains, storm.floors, strict=True)), 2),
        spread((mine / other for mine, other in zip(storm.drains, storm.per_row, strict=True)), 1),
        spread(storm.wal),
    )


def _one(connection: psycopg.Connection, statement: str):
    return connection.execute(statement).fetchone()[0]
