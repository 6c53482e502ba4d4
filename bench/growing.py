"""One server filled with ever more messages, and at each size everything whose cost must not grow with them."""

import sys
import time
from collections.abc import Iterator

from bench import clinic, conversation_open, filling, inbox_list, ingest_closed, ingest_growth, pages, search
from bench import status_storm as storms
from bench.filling import Filled
from bench.floors import status_updates
from bench.report import Report
from bench.stage import Stage, new_database, stage

SIZES = (100_000, 1_000_000, 10_000_000)
SHORT = (10_000,)
STORMS_FROM = 1_000_000  # messages
READING = {"inbox_list": inbox_list, "conversation_open": conversation_open, "search": search}
NAMES = (*READING, "ingest_growth", "status_storm")


def run(short: bool = False, rounds: int = 0, sizes: tuple[int, ...] = ()) -> Iterator[Report]:
    """The reports so far after each size; the last of each name holds all sizes."""
    rounds = rounds or (1 if short else 3)
    found = {name: [] for name in NAMES}
    with stage() as prepared:
        filled = filling.prepare(prepared)
        for size in sizes or (SHORT if short else SIZES):
            started = time.monotonic()
            filling.grow(filled, size)
            _tell(f"filled to {size:,} messages", started)
            if not filled.long:
                _open(filled)
            yield from _read(filled, found, short=short, rounds=rounds)
            yield from _write(filled, found, short=short, rounds=min(rounds, 2))


def _open(filled: Filled) -> None:
    """Once there are people: one long conversation, and a server that shows pages."""
    filled.long, *_ = filling.place_in_list(filled, filled.people["admin"], 2)
    clinic.lengthen(filled.stage, filled.long, messages=conversation_open.LONG)
    pages.start_web(filled.stage)


def _read(filled: Filled, found: dict[str, list], *, short: bool, rounds: int) -> Iterator[Report]:
    for name, workload in READING.items():
        started = time.monotonic()
        found[name].append(workload.pages(filled))
        pages.ask(filled.stage, found[name][-1], rounds=rounds, each=1 if short else 10)
        for page in found[name][-1]:
            page.messages = filled.messages
        _tell(name, started)
    started = time.monotonic()
    everything = [page for name in READING for page in found[name][-1]]
    pages.ask_statements(filled.stage, everything, 2 if short else 0)
    _tell("statements and their floors", started)
    for name, workload in READING.items():
        yield workload.report(found[name])


def _tell(what: str, started: float) -> None:
    print(f"  {what}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _write(filled: Filled, found: dict[str, list], *, short: bool, rounds: int) -> Iterator[Report]:
    started = time.monotonic()
    ours = ingest_closed.ours(filled.stage, filled.big)
    found["ingest_growth"].append(ingest_growth.measure(filled, ours, short=short, rounds=rounds))
    _tell("ingest_growth", started)
    yield ingest_growth.report(found["ingest_growth"])
    if filled.messages >= STORMS_FROM:
        started = time.monotonic()
        if not found["status_storm"]:
            _prepare_floor(filled.stage, filled.messages)
        found["status_storm"].append(storms.measure(filled, ours, rounds=rounds))
        _tell("status_storm", started)
        yield storms.report(found["status_storm"])
    filled.stage.end(*ours.processes)


def _prepare_floor(stage: Stage, messages: int) -> None:
    new_database(stage, "floor")
    with stage.superuser("floor") as connection:
        status_updates.fill(connection, messages)
