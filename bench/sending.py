"""Sends as fast as the limits of the numbers allow, and what was used of each: a Graph API answers in 100 ms."""

import json
import statistics
import sys
import time
import urllib.request
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from bench import clinic
from bench.clinic import Workplace
from bench.cpu import Meter
from bench.load import percentile
from bench.queueing_told import Batch
from bench.report import Report, spread
from bench.stage import Stage, free_port, stage
from clinic_inbox.local.processes import WORKERS

PATIENCE_SECONDS = 90
OPEN = "UPDATE inbox_conversation SET last_inbound_at = now(), last_message_at = now()"
PENDING = "SELECT count(*) FROM inbox_message WHERE state IN ('queued', 'claimed')"
COLUMNS = (
    "what", "clinics", "accepted", "sent/s each", "of the limit", "most in a second", "twice", "uncertain",
    "delivery CPU µs", "Postgres CPU µs",
)  # fmt: skip


@dataclass
class Sent:
    """What a run's sends were, seen by the provider."""

    name: str
    limit: int
    rates: list[float]  # a second, of each number
    halves: list[float]  # seconds from queueing until half of a number's were taken
    busiest: int  # most of one number in any second
    accepted: int
    twice: int
    uncertain: int
    cpu: dict[str, float]

    @property
    def used(self) -> list[float]:
        return [100 * rate / self.limit for rate in self.rates]


def run_80(short: bool = False, rounds: int = 0) -> Iterator[Report]:
    yield from _run("send_80", 80, 5, 4.0 if short else 12.0, rounds or (1 if short else 3))


def run_1000(short: bool = False, rounds: int = 0) -> Iterator[Report]:
    yield from _run("send_1000", 1_000, 1, 3.0 if short else 10.0, rounds or (1 if short else 3))


def _run(name: str, limit: int, clinics: int, seconds: float, rounds: int) -> Iterator[Report]:
    count = int(limit * seconds)
    with sending_stage(clinics, per_second=limit, contacts=count) as (prepared, workplaces):
        found = []
        for at in range(rounds):
            mark = f"{name} {at}: "
            found.append(_send(prepared, workplaces, limit, count, mark, "all at once"))
            print(f"  {spread(found[-1].used)} % of the limit", file=sys.stderr, flush=True)
            yield _report(name, found)
        found.append(_send(prepared, workplaces, limit, count, "killed: ", "worker killed"))
        found.append(_send(prepared, workplaces, limit, count, "too fast: ", "told once that it is too fast"))
        yield _report(name, found)


@contextmanager
def sending_stage(clinics: int, *, per_second: int, contacts: int) -> Iterator[tuple[Stage, list[Workplace]]]:
    """Clinics with a number and people each, the lean Graph API, and what delivers."""
    with stage() as prepared:
        prepared.ports["graph_port"] = port = free_port()
        prepared.run("graph", prepared.python("bench.floors.graph", str(port)))
        prepared.wait_for("graph")
        graph = f"http://127.0.0.1:{port}"
        workplaces = clinic.make_clinics(prepared, clinics, graph=graph, per_second=per_second)
        clinic.fill(prepared, *workplaces, each=1)
        with prepared.superuser() as connection:
            connection.execute(OPEN)
            connection.execute("VACUUM ANALYZE")
        prepared.start(*WORKERS, "beat")
        ids = [(str(each.clinic_id), str(each.channel_id)) for each in workplaces]
        queue(prepared, [Batch(0, *each, "warm ", 0, 20) for each in ids])  # who delivers has started then
        wait_until_sent(prepared)
        yield prepared, workplaces


def _send(stage: Stage, workplaces: list[Workplace], limit: int, count: int, mark: str, name: str) -> Sent:
    batches = [Batch(0, str(each.clinic_id), str(each.channel_id), mark, 0, count) for each in workplaces]
    meter = Meter(delivery=stage.pids("delivery"), postgres=[stage.postgres.process.pid])
    queue(stage, batches)
    queued_at = time.time()
    if name == "worker killed":
        time.sleep(count / limit / 3)
        stage.kill("delivery")
        stage.start("delivery")
    if name.startswith("told once"):
        time.sleep(count / limit / 3)
        ask_graph(stage, "/too-fast")
    wait_until_sent(stage)
    cpu = {} if name == "worker killed" else meter.spent()
    taken = [each for each in ask_graph(stage, "/taken") if each[3].startswith(mark)]
    by_number = defaultdict(list)
    for at, number, _, _ in sorted(taken):
        by_number[number].append(at)
    with stage.superuser() as connection:
        (uncertain,) = connection.execute(
            "SELECT count(*) FROM inbox_message WHERE state = 'uncertain' AND text LIKE %s || '%%'", [mark]
        ).fetchone()
    twice = sum(times - 1 for times in Counter((number, words) for _, number, _, words in taken).values())
    return Sent(
        name, limit, [_rate(times) for times in by_number.values()],
        [max(0.1, percentile(times, 0.5) - queued_at) for times in by_number.values()],
        max(map(busiest_second, by_number.values())),
        len(taken), twice, uncertain, {group: 1e6 * spent / len(taken) for group, spent in cpu.items()},
    )  # fmt: skip


def queue(stage: Stage, batches: list[Batch]) -> None:
    """Queue these and ring, each at its time; returns when the last one is queued."""
    told = json.dumps([asdict(each) for each in batches])
    stage.run_once("bench.queueing", stage.postgres.url("clinic"), told=told)


def wait_until_sent(stage: Stage) -> None:
    """Until nothing is queued or under way, or patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with stage.superuser() as connection:
        while connection.execute(PENDING).fetchone()[0] and time.monotonic() < deadline:
            time.sleep(0.2)


def ask_graph(stage: Stage, path: str) -> list:
    with urllib.request.urlopen(f"http://127.0.0.1:{stage.ports['graph_port']}{path}", timeout=30) as answer:
        return json.load(answer)


def _rate(times: list[float]) -> float:
    """Sends a second between the first and the time 95 % were taken: refused ones come again later, alone."""
    last = percentile(times, 0.95)
    return bisect_left(times, last) / max(0.001, last - times[0])


def busiest_second(times: list[float]) -> int:
    """The most within any second."""
    return max(bisect_left(times, at + 1.0) - place for place, at in enumerate(times))


def _report(name: str, found: list[Sent]) -> Report:
    steady = [each for each in found if each.name == "all at once"]
    used = [part for each in steady for part in each.used]
    limit, busiest = found[0].limit, max(each.busiest for each in found)
    twice = sum(each.twice for each in found)
    targets = [
        (f"95 to 100 % of the limit: {spread(used)} %", 95 <= statistics.median(used) <= 100.5),
        (f"never more than {limit:,} in a second: {busiest:,}", busiest <= limit),
        (f"none sent twice, also when the worker is killed: {twice}", twice == 0),
    ]
    if len(steady[0].rates) > 1:
        fair = max(max(each.halves) / min(each.halves) for each in steady)
        targets.append(
            (
                f"served fairly: half of the last clinic's at most 1.25 × as late: {fair:.2f} ×",
                fair <= 1.25,
            )
        )
    method = (
        f"As many messages queued at once as {limit:,} a second allow in some seconds, for each clinic, one to each"
        " person; one send in 200 is refused for that person (131056) and tried again. Rates are the provider's: from"
        " the first to the one before the last twentieth. Then the same with the worker killed (kill -9) a third of the"
        " way, and with all sends of half a second refused as too fast (130429), after which it halves its rate."
    )
    rows = [_row(each) for each in found]
    figures = {"twice": twice, "over": max(0, busiest - limit)}
    return Report(name, method, COLUMNS, rows, targets, figures)


def _row(sent: Sent) -> tuple:
    cpu = tuple(f"{sent.cpu[group]:,.0f}" if sent.cpu else "" for group in ("delivery", "postgres"))
    return (
        sent.name, len(sent.rates), f"{sent.accepted:,}", spread(sent.rates), f"{spread(sent.used)} %", sent.busiest,
        sent.twice, sent.uncertain, *cpu,
    )  # fmt: skip
