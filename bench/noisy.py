"""A clinic that sends twenty times as much as the others: what the others notice of it."""

import statistics
import sys
from collections import defaultdict

from bench.clinic import Workplace
from bench.load import percentile
from bench.queueing_told import Batch
from bench.report import Report, spread
from bench.sending import ask_graph, queue, sending_stage, wait_until_sent
from bench.stage import Stage

LIMIT = 80
EACH = 2  # messages a second of each of the others
OTHERS = 4
NOISE = 20  # times as much
COLUMNS = ("what", "messages of the others", "p50 ms", "p95 ms", "not sent")
QUEUED = "SELECT text, extract(epoch FROM created_at)::float8 FROM inbox_message WHERE text LIKE %s || '%%'"


def run(short: bool = False, rounds: int = 0) -> Report:
    seconds = 5 if short else 15
    found = defaultdict(list)
    with sending_stage(1 + OTHERS, per_second=LIMIT, contacts=max(500, EACH * NOISE * seconds)) as (
        prepared,
        places,
    ):
        for at in range(rounds or (1 if short else 2)):
            for name in ("quiet", "noisy"):
                found[name].append(
                    _delays(prepared, places, f"{name} {at}: ", seconds, is_noisy=name == "noisy")
                )
                print(
                    f"  {name}: p95 {percentile(found[name][-1][0], 0.95):.0f} ms",
                    file=sys.stderr,
                    flush=True,
                )
    return _report(found)


def _report(found: dict[str, list[tuple[list[float], int]]]) -> Report:
    rows = [
        (
            name, f"{sum(len(times) for times, _ in rounds):,}",
            spread(percentile(times, 0.5) for times, _ in rounds),
            spread(percentile(times, 0.95) for times, _ in rounds), sum(missing for _, missing in rounds),
        )
        for name, rounds in found.items()
    ]  # fmt: skip
    ratios = [
        percentile(loud, 0.95) / percentile(still, 0.95)
        for (loud, _), (still, _) in zip(found["noisy"], found["quiet"], strict=True)
    ]
    missing = sum(each for rounds in found.values() for _, each in rounds)
    targets = [
        (
            f"p95 of the others at most 1.5 × of that without noise: {spread(ratios, 2)} ×",
            statistics.median(ratios) <= 1.5,
        ),
        (f"all sent: {missing} not", missing == 0),
    ]
    method = (
        f"{OTHERS} clinics queue {EACH} messages a second each; a fifth queues {NOISE} times as many, in one go every"
        " second. Times run from queueing to the provider's taking it. Numbers may send 80 a second each."
    )
    return Report("noisy_clinic", method, COLUMNS, rows, targets, {"missing": missing})


def _delays(
    stage: Stage, places: list[Workplace], mark: str, seconds: int, *, is_noisy: bool
) -> tuple[list[float], int]:
    """Sorted milliseconds of the others' messages, and how many were not sent."""
    noisy, *others = places
    batches = [
        Batch(at / EACH, str(each.clinic_id), str(each.channel_id), mark, at, 1)
        for at in range(EACH * seconds)
        for each in others
    ]
    if is_noisy:
        count = EACH * NOISE
        ids = str(noisy.clinic_id), str(noisy.channel_id)
        batches += [Batch(at, *ids, f"noise {mark}", at * count, count) for at in range(seconds)]
    queue(stage, batches)
    wait_until_sent(stage)
    numbers = {each.sender["number_id"] for each in others}
    taken = {(number, words): at for at, number, _, words in ask_graph(stage, "/taken") if number in numbers}
    times = []
    with stage.superuser() as connection:
        for each in others:
            queued = connection.execute(f"{QUEUED} AND clinic_id = %s", [mark, each.clinic_id]).fetchall()
            number = each.sender["number_id"]
            times += [1000 * (taken[number, text] - at) for text, at in queued if (number, text) in taken]
    return sorted(times), len(others) * EACH * seconds - len(times)
