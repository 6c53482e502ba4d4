"""From a signed POST to the screens: sockets of one clinic or of many are hinted, and some screens fetch rows anew."""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass, replace

from bench import clinic
from bench.clinic import Workplace
from bench.cpu import Meter
from bench.report import Report, spread
from bench.screens import House, Scene, Seen
from bench.stage import Stage, stage
from clinic_inbox.local.processes import WORKERS

CONTACTS = 5_000  # of the first clinic
FEW = 25  # of each other one
MANY = 200  # clinics
WATCHED = 20  # of many clinics so many have a screen that fetches rows
MEMBERS = 200  # who have several tabs when there are more screens
COLUMNS = (
    "clinics", "screens", "messages/s", "messages", "hint p50 ms", "hint p95 ms", "all screens hinted p95 ms",
    "row fetched p50 ms", "row fetched p95 ms", "hints missing", "rows missing", "fetches", "CPU of ours, cores",
)  # fmt: skip


CONVERSATIONS = """
SELECT right(i.user_id, 9)::int, c.id FROM inbox_conversation c JOIN contacts_identity i ON i.id = c.identity_id
WHERE c.clinic_id = %s
"""
NEWEST = "SELECT coalesce(max(seq), 0) FROM inbox_feed WHERE clinic_id = %s"


@dataclass(frozen=True)
class Step:
    clinics: int
    screens: int  # of all of them
    rate: int  # messages a second to all of them

    def __str__(self):
        clinics = "one clinic" if self.clinics == 1 else f"{self.clinics:,} clinics"
        return f"{self.screens:,} screens of {clinics}, {self.rate}/s"


ONE, MANY_CLINICS = Step(1, 200, 50), Step(MANY, MANY, 50)
# With 2,000 screens a tenth of the messages makes as many hints.
STEPS = (Step(1, 20, 50), ONE, Step(1, 2_000, 5), MANY_CLINICS)
SHORT = (Step(1, 20, 50), Step(5, 5, 20))


def run(short: bool = False, rounds: int = 0) -> Report:
    steps, seconds = (SHORT, 3.0) if short else (STEPS, 12.0)
    found = {step: [] for step in steps}
    with stage() as prepared:
        places = _places(prepared, max(step.clinics for step in steps))
        cookies = _cookies(prepared, places, 20 if short else MEMBERS)
        prepared.start("live", "web", *WORKERS, "beat")
        prepared.wait_for("live", "/readyz")
        first = 0
        for at in range(1 + (rounds or (1 if short else 2))):
            for step in steps:
                first += 10_000_000
                houses = _houses(prepared, places[: step.clinics], cookies, step)
                address = f"127.0.0.1:{prepared.ports['live_port']}"
                scene = Scene(address, houses, step.rate, seconds if at else 3.0, first)
                found[step].append(_play(prepared, scene))
                p95 = found[step][-1][0].screen[1]
                print(f"  {step}: row fetched p95 {p95:.0f} ms", file=sys.stderr, flush=True)
    # The first was for caches and plans.
    return _report({step: rounds[1:] for step, rounds in found.items()})


def _places(stage: Stage, count: int) -> list[Workplace]:
    """A clinic with many people, and others with few."""
    one, *others = clinic.make_clinics(stage, count, contacts=FEW)
    places = [replace(one, sender=one.sender | {"contacts": CONTACTS}), *others]
    clinic.fill(stage, *places, each=2)
    return places


def _cookies(stage: Stage, places: list[Workplace], members: int) -> dict[str, list[str]]:
    """Of the members of each clinic: many in the first one, one in each other."""
    one, *others = places
    signed_in = clinic.sign_in(
        stage, (one, members, "agent", "all"), *((each, 1, "agent", "all") for each in others)
    )
    cookies = defaultdict(list)
    for each in signed_in:
        cookies[each.clinic].append(each.cookie)
    return cookies


def _houses(stage: Stage, places: list[Workplace], cookies: dict[str, list[str]], step: Step) -> list[House]:
    houses = []
    with stage.superuser() as connection:
        for at, place in enumerate(places):
            rows = connection.execute(CONVERSATIONS, [place.clinic_id]).fetchall()
            (seq,) = connection.execute(NEWEST, [place.clinic_id]).fetchone()
            members = cookies[str(place.clinic_id)]
            tabs = [members[number % len(members)] for number in range(step.screens // step.clinics)]
            conversations = {str(number): str(pk) for number, pk in rows}
            houses.append(House(tabs, place.sender, conversations, seq, is_watched=at < WATCHED))
    return houses


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


def _report(found: dict[Step, list[tuple[Seen, float]]]) -> Report:
    targets = []
    for step, pairs in found.items():
        p95 = statistics.median(_slowest(pairs))
        targets.append(
            (f"{step}: all hinted and the row fetched, p95 at most 500 ms: {p95:.0f} ms", p95 <= 500)
        )
    if ONE in found and MANY_CLINICS in found:
        targets.append(_growth(found[ONE], found[MANY_CLINICS]))
    everything = [seen for pairs in found.values() for seen, _ in pairs]
    missing = sum(each.unhinted + each.unseen + each.refused for each in everything)
    targets.append((f"no hint and no row missing: {missing}", missing == 0))
    method = (
        "Messages at an even pace, each from another patient, counted from the instant each was due. The screens are"
        f" open tabs of {MEMBERS} members of one clinic; one of them fetches the rows that hints name, one request at a"
        f" time, until the new message's words are in one. Of {MANY} clinics each has one screen and is written to in"
        f" turn; in {WATCHED} of them the screen fetches its rows."
    )
    rows = [_row(step, pairs) for step, pairs in found.items()]
    return Report("webhook_to_screen", method, COLUMNS, rows, targets, {"missing": missing})


def _slowest(pairs: list[tuple[Seen, float]]) -> list[float]:
    """Of each round the later p95: all screens hinted, or the row fetched."""
    return [max(seen.screen[1], seen.all_hinted[1]) for seen, _ in pairs]


def _growth(one: list[tuple[Seen, float]], many: list[tuple[Seen, float]]) -> tuple[str, bool]:
    """Whether as many screens of many clinics wait no longer than those of one; and what that costs."""
    later = statistics.median(many / one for one, many in zip(_slowest(one), _slowest(many), strict=True))
    dearer = statistics.median(more / less for (_, less), (_, more) in zip(one, many, strict=True))
    text = f"1 → {MANY} clinics, {MANY} screens: p95 at most 1.25 ×: {later:.2f} ×, and CPU {dearer:.2f} ×"
    return text, later <= 1.25


def _row(step: Step, pairs: list[tuple[Seen, float]]) -> tuple:
    seen = [each for each, _ in pairs]
    return (
        step.clinics,
        f"{step.screens:,}",
        step.rate,
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
