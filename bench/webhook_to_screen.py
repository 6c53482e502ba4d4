"""From a signed POST to the screens: 200 sockets of one clinic are hinted, and one screen fetches its rows anew."""

import json
import statistics
import subprocess
import sys
from dataclasses import asdict

from bench import clinic
from bench.clinic import Workplace
from bench.cpu import Meter
from bench.report import Report, spread
from bench.screens import Scene, Seen
from bench.stage import Stage, stage
from clinic_inbox.local.processes import WORKERS

CONTACTS = 5_000
# Screens and messages a second; the last two make as many hints.
STEPS = ((20, 50), (200, 50), (2_000, 5))
MEMBERS = 200  # who have several tabs when there are more screens
COLUMNS = (
    "screens", "messages/s", "messages", "hint p50 ms", "hint p95 ms", "all screens hinted p95 ms",
    "row fetched p50 ms", "row fetched p95 ms", "hints missing", "rows missing", "fetches", "CPU of ours, cores",
)  # fmt: skip


def run(short: bool = False, rounds: int = 0) -> Report:
    steps, seconds = (STEPS[:1], 3.0) if short else (STEPS, 15.0)
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=CONTACTS)
        clinic.fill(prepared, workplace, contacts=CONTACTS, each=2)
        signed_in = json.loads(
            prepared.run_once("bench.sessions", "bench", str(MEMBERS if not short else 20))
        )
        cookies = [each["cookie"] for each in signed_in]
        prepared.start("live", "web", *WORKERS, "beat")
        prepared.wait_for("live", "/readyz")
        found = {step: [] for step in steps}
        first = 0
        for at in range(1 + (rounds or (1 if short else 2))):
            for screens, rate in steps:
                first += 10_000_000
                tabs = [cookies[number % len(cookies)] for number in range(screens)]
                scene = _scene(
                    prepared, workplace, tabs, rate=rate, seconds=seconds if at else 3.0, first=first
                )
                found[screens, rate].append(_play(prepared, scene))
                seen = found[screens, rate][-1][0]
                print(
                    f"  {screens} screens: row fetched p95 {seen.screen[1]:.0f} ms",
                    file=sys.stderr,
                    flush=True,
                )
    return _report(
        {step: rounds[1:] for step, rounds in found.items()}
    )  # The first was for caches and plans.


def _scene(
    stage: Stage, workplace: Workplace, cookies: list[str], *, rate: float, seconds: float, first: int
) -> Scene:
    with stage.superuser() as connection:
        rows = connection.execute(
            "SELECT right(i.user_id, 9)::int, c.id FROM inbox_conversation c"
            " JOIN contacts_identity i ON i.id = c.identity_id"
        ).fetchall()
        (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM inbox_feed").fetchone()
    conversations = {str(number): str(pk) for number, pk in rows}
    address = f"127.0.0.1:{stage.ports['live_port']}"
    return Scene(address, cookies, workplace.sender, conversations, rate, seconds, first, seq)


def _play(stage: Stage, scene: Scene) -> tuple[Seen, float]:
    """Play it in a process of its own; returns what was seen and how many cores ours took."""
    meter = Meter(
        ours=[
            *stage.pids("live", "web", *WORKERS, "beat"), stage.postgres.process.pid, stage.valkey.process.pid
        ]
    )  # fmt: skip
    command = [sys.executable, "-m", "bench.screens"]
    done = subprocess.run(
        command, input=json.dumps(asdict(scene)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the screens failed:\n{done.stderr}\n{stage.log('live')}")
    return Seen(**json.loads(done.stdout)), meter.spent()["ours"] / scene.seconds


def _report(found: dict[tuple[int, int], list[tuple[Seen, float]]]) -> Report:
    targets = []
    for (screens, rate), pairs in found.items():
        p95 = statistics.median(max(seen.screen[1], seen.all_hinted[1]) for seen, _ in pairs)
        text = (
            f"{screens:,} screens, {rate}/s: all hinted and the row fetched, p95 at most 500 ms: {p95:.0f} ms"
        )
        targets.append((text, p95 <= 500))
    everything = [seen for pairs in found.values() for seen, _ in pairs]
    missing = sum(each.unhinted + each.unseen + each.refused for each in everything)
    targets.append((f"no hint and no row missing: {missing}", missing == 0))
    method = (
        "Messages at an even pace, each from another patient, counted from the instant each was due. The screens are"
        " open tabs of 200 members; one of them fetches the rows that hints name, one request at a time, until the new"
        " message's words are in one."
    )
    rows = [_row(*step, pairs) for step, pairs in found.items()]
    return Report("webhook_to_screen", method, COLUMNS, rows, targets, {"missing": missing})


def _row(screens: int, rate: int, pairs: list[tuple[Seen, float]]) -> tuple:
    seen = [each for each, _ in pairs]
    return (
        f"{screens:,}",
        rate,
        f"{sum(each.sent for each in seen):,}",
        spread(each.hint[0] for each in seen),
        spread(each.hint[1] for each in seen),
        spread(each.all_hinted[1] for each in seen),
        spread(each.screen[0] for each in seen),
        spread(each.screen[1] for each in seen),
        sum(each.unhinted for each in seen),
        sum(each.unseen for each in seen),
        sum(each.fetches for each in seen),
        spread((cores for _, cores in pairs), 2),
    )
