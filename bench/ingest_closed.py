"""Messages a second that are durable and normalised, from 32 connections that send as fast as they are answered."""

import statistics
import sys
import time
from dataclasses import dataclass

import psycopg

from bench import clinic, webhooks
from bench.cpu import Meter
from bench.load import Load, Outcome, send
from bench.report import Report, spread
from bench.stage import Stage, free_port, new_database, stage
from clinic_inbox.local.processes import WORKERS

CONTACTS = 5_000
DRAIN_PATIENCE_SECONDS = 60
COLUMNS = (
    "what", "messages/s", "answers/s", "p50 ms", "p99 ms", "drain s", "lost", "app CPU µs", "Postgres CPU µs",
    "Valkey CPU µs", "generator CPU µs",
)  # fmt: skip


KNOWN = """
WITH contact AS (INSERT INTO floor_contact (wa_id, name) VALUES (%(wa_id)s, 'Example Person') RETURNING id)
INSERT INTO floor_conversation (contact_id, status, unread, preview) SELECT id, 'open', 0, '' FROM contact
"""


@dataclass
class Contender:
    """One way to take messages in."""

    name: str
    port: int
    path: str
    processes: tuple[str, ...]
    database: str
    count: str  # statement that counts what it has stored
    waiting: str = "SELECT false"  # statement that tells whether something is still to be done
    prepared: int = 20_000  # requests made before the clock starts


@dataclass
class Round:
    outcome: Outcome
    stored: int
    seconds: float  # from the first request until everything accepted was in its table
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.stored / self.seconds

    @property
    def lost(self) -> int:
        return self.outcome.messages - self.stored

    def cpu_each(self, group: str) -> float:
        return 1e6 * self.cpu[group] / max(1, self.stored)


def run(short: bool = False, rounds: int = 0) -> Report:
    """Interleaved rounds of floor, ours and first draft."""
    seconds = 3.0 if short else 6.0
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=CONTACTS)
        clinic.fill(prepared, workplace, each=1 if short else 10)
        contenders = [floor(prepared), ours(prepared, workplace), first_draft(prepared)]
        for contender in contenders:
            measure(prepared, contender, workplace.sender, seconds=1, first=0)  # connections, caches, plans
        found = {contender.name: [] for contender in contenders}
        for at in range(rounds or (1 if short else 3)):
            for contender in contenders:
                first = 10_000_000 * (at + 1)
                one = measure(prepared, contender, workplace.sender, seconds=seconds, first=first)
                found[contender.name].append(one)
                print(f"  {contender.name} {one.rate:,.0f}/s, lost {one.lost}", file=sys.stderr, flush=True)
    return report(found)


def ours(stage: Stage, workplace: clinic.Workplace) -> Contender:
    stage.start("live", *WORKERS, "beat")
    stage.wait_for("live", "/webhooks/")
    waiting = "SELECT EXISTS (SELECT FROM integrations_webhookevent WHERE state = 'waiting')"
    return Contender(
        "ours", stage.ports["live_port"], workplace.sender["path"], ("live", *WORKERS, "beat"), "clinic",
        "SELECT count(*) FROM inbox_message", waiting,
    )  # fmt: skip


def floor(stage: Stage) -> Contender:
    stage.ports["floor_port"] = port = free_port()
    environment = {"FLOOR_SECRET": clinic.SECRET, "FLOOR_URL": new_database(stage, "floor")}
    stage.run_once("bench.floors.raw_append", **environment)
    stage.run(
        "floor", stage.python("uvicorn", f"--port={port}", "--log-level=warning", "--no-access-log",
        "bench.floors.raw_append:application"), **environment,
    )  # fmt: skip
    stage.wait_for("floor")
    return Contender(
        "raw append", port, "/", ("floor",), "floor", "SELECT count(*) FROM raw_webhook", prepared=40_000
    )


def first_draft(stage: Stage) -> Contender:
    stage.ports["naive_port"] = port = free_port()
    environment = {"FLOOR_SECRET": clinic.SECRET, "NAIVE_URL": new_database(stage, "naive")}
    stage.run_once("bench.floors.orm_view", **environment)
    with stage.superuser("naive") as connection:
        people = [{"wa_id": webhooks.wa_id(number)} for number in range(CONTACTS)]
        connection.cursor().executemany(KNOWN, people)  # It knows the people too.
        connection.execute("VACUUM ANALYZE")
    stage.run(
        "naive", stage.python("granian", "--interface=wsgi", f"--port={port}", "--workers=2", "--blocking-threads=8",
        "--log-level=warning", "bench.floors.orm_view:application"), **environment,
    )  # fmt: skip
    stage.wait_for("naive")
    count = "SELECT count(*) FROM floor_message"
    return Contender("ORM view", port, "/webhooks", ("naive",), "naive", count, prepared=3_000)


def measure(
    stage: Stage, contender: Contender, sender: dict, *, seconds: float, first: int, **options
) -> Round:
    load = Load(
        port=contender.port, sender=sender | {"path": contender.path}, seconds=seconds,
        prepared=int(contender.prepared * seconds / 6), first=first, **options,
    )  # fmt: skip
    with stage.superuser(contender.database) as connection:
        before = _one(connection, contender.count)
        meter = Meter(
            app=stage.pids(*contender.processes),
            postgres=[stage.postgres.process.pid],
            valkey=[stage.valkey.process.pid],
        )
        outcome = send(load)
        deadline = time.monotonic() + DRAIN_PATIENCE_SECONDS
        while _one(connection, contender.waiting) and time.monotonic() < deadline:
            time.sleep(0.02)
        ended_at = (
            time.time() if contender.waiting != "SELECT false" else outcome.started_at + outcome.seconds
        )
        spent = meter.spent() | {"generator": outcome.cpu_seconds}
        return Round(
            outcome, _one(connection, contender.count) - before, ended_at - outcome.started_at, spent
        )


def report(found: dict[str, list[Round]]) -> Report:
    rows = [
        (
            name,
            spread(each.rate for each in rounds),
            spread(each.outcome.accepted / each.outcome.seconds for each in rounds),
            spread((each.outcome.p50 for each in rounds), 1),
            spread((each.outcome.p99 for each in rounds), 1),
            spread((each.seconds - each.outcome.seconds for each in rounds), 1),
            sum(each.lost for each in rounds),
            *(
                spread(each.cpu_each(group) for each in rounds)
                for group in ("app", "postgres", "valkey", "generator")
            ),
        )
        for name, rounds in found.items()
    ]
    by_floor = _ratios(found["ours"], found["raw append"])
    by_draft = _ratios(found["ours"], found["ORM view"])
    lost = sum(each.lost for each in found["ours"])
    targets = [
        (f"at least 0.3 × raw append: {spread(by_floor, 2)} ×", statistics.median(by_floor) >= 0.3),
        (f"at least 15 × the ORM view: {spread(by_draft, 1)} ×", statistics.median(by_draft) >= 15),
        (f"none lost: {lost} of {sum(each.outcome.accepted for each in found['ours']):,}", lost == 0),
    ]
    method = (
        "32 keep-alive connections, each sending its next message when the last is answered; one signed message of"
        " about 620 bytes per POST, from 5,000 people who have written before. A message of ours counts when it is in"
        " its conversation; the clock runs until the last one is. Raw append only stores the body; the ORM view stores"
        " contact, conversation and message before it answers. CPU per message stored."
    )
    figures = {"lost": lost, "by_floor": statistics.median(by_floor), "by_draft": statistics.median(by_draft)}
    return Report("ingest_closed", method, COLUMNS, rows, targets, figures)


def _ratios(ours: list[Round], others: list[Round]) -> list[float]:
    return [mine.rate / other.rate for mine, other in zip(ours, others, strict=True)]


def _one(connection: psycopg.Connection, statement: str):
    return connection.execute(statement).fetchone()[0]
