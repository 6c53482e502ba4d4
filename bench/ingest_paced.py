"""How long a webhook waits for its answer when they come at an even pace, as Meta sends them."""

import sys

from bench import clinic, ingest_closed
from bench.report import Report, spread
from bench.stage import stage

# Messages a second: most p50 and p99 in milliseconds. 3,300 is what 1,000 sends a second bring back, as Meta reckons.
MOST = {300: (25, 100), 1_000: (25, 100), 3_300: (250, 1_000)}
CONNECTIONS = 64
COLUMNS = (
    "messages/s",
    "p50 ms",
    "p99 ms",
    "worst ms",
    "over 1 s",
    "not 200",
    "lost",
    "in its thread after s",
)


def run(short: bool = False, rounds: int = 0) -> Report:
    seconds = 3.0 if short else 8.0
    found = {rate: [] for rate in MOST}
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=ingest_closed.CONTACTS)
        clinic.fill(prepared, workplace, each=1 if short else 10)
        ours = ingest_closed.ours(prepared, workplace)
        ingest_closed.measure(prepared, ours, workplace.sender, seconds=1, first=0)
        for at in range(rounds or (1 if short else 3)):
            for rate in MOST:
                one = ingest_closed.measure(
                    prepared, ours, workplace.sender, seconds=seconds, first=10_000_000 * (at + 1) + 1_000 * rate,
                    rate=rate, connections=CONNECTIONS,
                )  # fmt: skip
                found[rate].append(one)
                print(f"  {rate}/s: p50 {one.outcome.p50:.1f}, p99 {one.outcome.p99:.1f}", file=sys.stderr)
    return _report(found)


def _report(found: dict[int, list[ingest_closed.Round]]) -> Report:
    rows = [
        (
            f"{rate:,}",
            *(
                spread((getattr(each.outcome, name) for each in rounds), 1)
                for name in ("p50", "p99", "worst")
            ),
            f"{100 * max(each.outcome.slow for each in rounds):.1f} %",
            sum(sum(each.outcome.answers.values()) - each.outcome.accepted for each in rounds),
            sum(each.lost for each in rounds),
            spread((each.seconds - each.outcome.seconds for each in rounds), 1),
        )
        for rate, rounds in found.items()
    ]
    targets = []
    for rate, measured in found.items():
        for name, most in zip(("p50", "p99"), MOST[rate], strict=True):
            values = [getattr(each.outcome, name) for each in measured]
            met = sorted(values)[len(values) // 2] <= most
            targets.append((f"{rate:,}/s: {name} at most {most} ms: {spread(values, 1)} ms", met))
        slow = max(each.outcome.slow for each in measured)
        targets.append((f"{rate:,}/s: none over a second: {100 * slow:.1f} %", slow == 0))
    lost = sum(each.lost for rounds in found.values() for each in rounds)
    targets.append((f"none lost: {lost}", lost == 0))
    method = (
        f"Open loop on {CONNECTIONS} keep-alive connections: a message is due every 1/rate seconds whatever happened to"
        " those before, and its time counts from that instant to the 200. The worker drains meanwhile."
    )
    return Report("ingest_paced", method, COLUMNS, rows, targets, {"lost": lost})
