"""One server filled with ever more messages, and at each size everything whose cost must not grow with them."""

import sys
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
            filling.grow(filled, size)
            print(f"  {size:,} messages", file=sys.stderr, flush=True)
            if not filled.long:
                _open(filled)
            for name, workload in READING.items():
                found[name].append(_read(filled, workload, short=short, rounds=rounds))
                yield workload.report(found[name])
            yield from _write(filled, found, short=short, rounds=min(rounds, 2))


def _open(filled: Filled) -> None:
    """Once there are people: one long conversation, and a server that shows pages."""
    filled.long, *_ = filling.place_in_list(filled, filled.people["admin"], 2)
    clinic.lengthen(filled.stage, filled.long, messages=conversation_open.LONG)
    pages.start_web(filled.stage)


def _read(filled: Filled, workload, *, short: bool, rounds: int) -> list[pages.Page]:
    asked = workload.pages(filled)
    pages.ask(filled.stage, asked, rounds=rounds, each=3 if short else 10)
    for page in asked:
        page.messages = filled.messages
    return asked


def _write(filled: Filled, found: dict[str, list], *, short: bool, rounds: int) -> Iterator[Report]:
    ours = ingest_closed.ours(filled.stage, filled.big)
    found["ingest_growth"].append(ingest_growth.measure(filled, ours, short=short, rounds=rounds))
    yield ingest_growth.report(found["ingest_growth"])
    if short or filled.messages >= STORMS_FROM:
        if not found["status_storm"]:
            _prepare_floor(filled.stage, filled.messages)
        found["status_storm"].append(storms.measure(filled, ours, short=short, rounds=rounds))
        yield storms.report(found["status_storm"])
    filled.stage.end(*ours.processes)


def _prepare_floor(stage: Stage, messages: int) -> None:
    new_database(stage, "floor")
    with stage.superuser("floor") as connection:
        status_updates.fill(connection, messages)
