"""What a new message costs when there are already very many."""

import statistics
import sys
from itertools import pairwise

from bench import ingest_closed
from bench.filling import Filled
from bench.ingest_closed import Contender, Round
from bench.report import Report, spread

COLUMNS = ("messages there", "messages/s", "lost", "app CPU µs", "Postgres CPU µs", "together µs")


def measure(filled: Filled, ours: Contender, *, short: bool, rounds: int) -> tuple[int, list[Round]]:
    """Rounds of the closed loop at this size; a first one for caches and plans is left out, but for a short run."""
    found = []
    for at in range(rounds if short else 1 + rounds):
        first = filled.conversations * 1_000 + 10_000_000 * at
        one = ingest_closed.measure(
            filled.stage, ours, filled.big.sender, seconds=1.0 if short else 5.0, first=first
        )
        found.append(one)
        print(f"  {one.rate:,.0f}/s, lost {one.lost}", file=sys.stderr, flush=True)
    return filled.messages, found if short else found[1:]


def report(sizes: list[tuple[int, list[Round]]]) -> Report:
    """The table and whether the promises were kept, at the sizes measured so far."""
    rows = [
        (
            f"{messages:,}",
            spread(each.rate for each in rounds),
            sum(each.lost for each in rounds),
            *(spread(each.cpu_each(group) for each in rounds) for group in ("app", "postgres")),
            spread(map(_together, rounds)),
        )
        for messages, rounds in sizes
    ]
    lost = sum(each.lost for _, rounds in sizes for each in rounds)
    targets = [(f"none lost: {lost}", lost == 0)]
    for (_, fewer), (messages, more) in pairwise(sizes):
        growth = statistics.median(map(_together, more)) / statistics.median(map(_together, fewer))
        targets.append((f"up to {messages:,}: CPU at most 1.25 × of a tenth: {growth:.2f} ×", growth <= 1.25))
    method = (
        "The closed loop of ingest_closed, 5,000 people of the large clinic of inbox_list, beside everything that was"
        " there before. CPU per message stored."
    )
    return Report("ingest_growth", method, COLUMNS, rows, targets, {"lost": lost})


def _together(one: Round) -> float:
    return one.cpu_each("app") + one.cpu_each("postgres")
