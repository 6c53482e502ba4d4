"""One server filled with ever more messages, and at each size everything whose cost must not grow with them."""

import sys
from collections.abc import Iterator

from bench import clinic, conversation_open, filling, inbox_list, pages, search
from bench.report import Report
from bench.stage import stage

SIZES = (100_000, 1_000_000, 10_000_000)
SHORT = (20_000,)
READING = {"inbox_list": inbox_list, "conversation_open": conversation_open, "search": search}


def run(short: bool = False, rounds: int = 0, sizes: tuple[int, ...] = ()) -> Iterator[Report]:
    """The reports so far after each size; the last of each name holds all sizes."""
    found = {name: [] for name in READING}
    with stage() as prepared:
        filled = filling.prepare(prepared)
        for size in sizes or (SHORT if short else SIZES):
            filling.grow(filled, size)
            print(f"  {size:,} messages", file=sys.stderr, flush=True)
            if not filled.long:
                filled.long, *_ = filling.place_in_list(filled, filled.people["admin"], 2)
                clinic.lengthen(prepared, filled.long, messages=conversation_open.LONG)
                pages.start_web(prepared)
            for name, workload in READING.items():
                asked = workload.pages(filled)
                pages.ask(prepared, asked, rounds=rounds or (1 if short else 3), each=5 if short else 10)
                for page in asked:
                    page.messages = size
                found[name].append(asked)
                yield workload.report(found[name])
