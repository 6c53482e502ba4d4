"""Hints to many sockets: how fast, how late, at what cost, beside a bare hub; and a storm of sockets that come back."""

import json
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise

from bench import clinic, cpu
from bench.cpu import Meter
from bench.report import Report, spread
from bench.sockets import Scene, Seen
from bench.stage import Stage, free_port, stage

MEMBERS = 100  # each with several tabs
SOCKETS = 200
SETTLING_SECONDS = 30
RATES = (20, 100)  # events a second; 0: all at once
GROWTH = ((20, 200), (200, 20), (2_000, 2))  # sockets, events a second: as many deliveries
COLUMNS = (
    "what", "sockets", "events/s", "p50 ms", "p99 ms", "lost", "deliveries/s", "CPU µs a delivery",
)  # fmt: skip


@dataclass
class Ground:
    """Who listens, and what they may be told of."""

    stage: Stage
    clinic: str
    cookies: list[str]
    topics: list[str]
    used: int = 0

    def next(self, count: int) -> list[str]:
        self.used += count
        return self.topics[self.used - count : self.used]


@contextmanager
def ground(conversations: int):
    """A clinic with people, members who are signed in, and `live`; the floor's hub beside it."""
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=conversations)
        clinic.fill(prepared, workplace, each=1)
        signed_in = clinic.sign_in(prepared, (workplace, MEMBERS, "admin", "all"))
        with prepared.superuser() as connection:
            ids = connection.execute("SELECT id FROM inbox_conversation ORDER BY id").fetchall()
        prepared.ports["hub_port"] = port = free_port()
        quiet = ("--log-level=warning", "--no-access-log")
        prepared.run(
            "hub", prepared.python("uvicorn", f"--port={port}", *quiet, "bench.floors.hub:application")
        )
        prepared.start("live")
        prepared.wait_for("live", "/readyz")
        prepared.wait_for("hub")
        topics = [f"conversation-{pk}" for (pk,) in ids]
        yield Ground(prepared, str(workplace.clinic_id), [each.cookie for each in signed_in], topics)


def run(short: bool = False, rounds: int = 0) -> Report:
    rounds = rounds or (1 if short else 3)
    seconds, flood, growth = (2, 20, GROWTH[:2]) if short else (5, 60, GROWTH)
    found: dict[tuple, list] = {}
    with ground(20_000) as here:
        for at in range(rounds):
            for rate in (*RATES, 0):
                for what in ("live", "hub"):
                    one = _listen(here, what, SOCKETS, rate, flood if rate == 0 else rate * seconds)
                    found.setdefault((what, SOCKETS, rate), []).append(one)
            for sockets, rate in growth:
                key = ("live", sockets, rate)
                if at == 0 or key not in found:
                    found.setdefault(key, []).append(_listen(here, "live", sockets, rate, rate * seconds))
            print(f"  round {at + 1}", file=sys.stderr, flush=True)
    return _report(found, growth)


def _listen(here: Ground, what: str, sockets: int, rate: float, events: int) -> tuple[Seen, float]:
    """What was seen of so many events, and the CPU microseconds each delivery took."""
    with crowd(here, what, sockets) as process:
        _wait_until_quiet(here.stage.pids(what))
        meter = Meter(hub=here.stage.pids(what), valkey=[here.stage.valkey.process.pid])
        published = _publish(here, here.next(events), rate, is_floor=what == "hub")
        seen = finish(process, published)
        spent = meter.spent()
    return seen, 1e6 * spent["hub"] / max(1, seen.deliveries)


def _wait_until_quiet(pids: list[int]) -> None:
    """Until every new socket has been told what it missed: that is no part of passing on what comes after."""
    deadline = time.monotonic() + SETTLING_SECONDS
    before, now = -1.0, cpu.seconds(*pids)
    while now - before > 0.02 and time.monotonic() < deadline:
        time.sleep(0.5)
        before, now = now, cpu.seconds(*pids)


@contextmanager
def crowd(here: Ground, what: str, sockets: int, returning: float = 2.0):
    """The sockets' process, once all of them are open."""
    with here.stage.superuser() as connection:
        (since,) = connection.execute("SELECT coalesce(max(seq), 0) FROM inbox_feed").fetchone()
    address = f"127.0.0.1:{here.stage.ports[f'{what}_port']}"
    scene = Scene(address, here.cookies, sockets, since if what == "live" else 0, returning)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-m", "bench.sockets"], **pipes) as process:
        try:
            tell(process, json.dumps(asdict(scene)))
            wait_open(process)
            yield process
        finally:
            process.kill()


def tell(process: subprocess.Popen, line: str) -> None:
    process.stdin.write(line + "\n")
    process.stdin.flush()


def wait_open(process: subprocess.Popen) -> None:
    if (line := process.stdout.readline().strip()) != "open":
        raise SystemExit(f"the sockets did not open: {line}")


def finish(process: subprocess.Popen, published: dict[str, float]) -> Seen:
    tell(process, json.dumps(published))
    return Seen(**json.loads(process.stdout.readline()))


def _publish(here: Ground, topics: list[str], rate: float, *, is_floor: bool) -> dict[str, float]:
    told = json.dumps({"clinic": here.clinic, "topics": topics, "rate": rate, "is_floor": is_floor})
    return json.loads(here.stage.run_once("bench.hinting", told=told))


def _report(found: dict[tuple, list], growth: tuple) -> Report:
    names = {"live": "ours", "hub": "bare hub"}
    rows = [
        (
            names[what], f"{sockets:,}", rate or "all at once", *_times(seen), sum(each.lost for each in seen),
            spread(each.deliveries / each.seconds for each in seen), spread(cpu),
        )
        for (what, sockets, rate), pairs in found.items()
        for seen, cpu in [tuple(zip(*pairs, strict=True))]
    ]  # fmt: skip
    pairs = zip(found["live", SOCKETS, 0], found["hub", SOCKETS, 0], strict=True)
    ratios = [
        (mine.deliveries / mine.seconds) / (other.deliveries / other.seconds)
        for (mine, _), (other, _) in pairs
    ]
    lost = sum(seen.lost for (what, *_), pairs in found.items() if what == "live" for seen, _ in pairs)
    costs = [statistics.median(cpu for _, cpu in found["live", *step]) for step in growth]
    targets = [
        (
            f"all at once: at least 0.7 × the bare hub: {spread(ratios, 2)} ×",
            statistics.median(ratios) >= 0.7,
        ),
        (f"none lost: {lost}", lost == 0),
    ]
    for (fewer, before), (more, after) in pairwise(zip([step[0] for step in growth], costs, strict=True)):
        grown = after / before
        targets.append(
            (f"{fewer:,} → {more:,} sockets: CPU at most 1.2 × a delivery: {grown:.2f} ×", grown <= 1.2)
        )
    method = (
        "Changes are committed and hinted as the product does it, to sockets of 100 members in one `live`; each socket"
        " hears only of what its member may see. The bare hub passes on whatever it hears from Valkey. A delivery is"
        " one change told to one socket; ours tells several at once when they wait. channels_redis is not installed,"
        " so it is not compared with."
    )
    return Report("ws_fanout", method, COLUMNS, rows, targets, {"lost": lost})


def _times(seen: tuple[Seen, ...]) -> tuple[str, str]:
    return spread((each.p50 for each in seen), 1), spread((each.p99 for each in seen), 1)


STORM_COLUMNS = ("sockets", "events meanwhile", "back within s", "all caught up after s", "lost", "refused")


def run_storm(short: bool = False, rounds: int = 0) -> Report:
    """A thousand sockets drop at once and come back within two seconds, while changes go on."""
    sizes = (100,) if short else (100, 1_000)
    found = {}
    with ground(5_000) as here:
        for sockets in sizes:
            found[sockets] = [_storm(here, sockets) for _ in range(rounds or (1 if short else 3))]
    rows = [
        (
            f"{sockets:,}", STORM_EVENTS, 2, spread((each.caught_up for each in seen), 1),
            sum(each.lost for each in seen), sum(each.refused for each in seen),
        )
        for sockets, seen in found.items()
    ]  # fmt: skip
    lost = sum(each.lost for seen in found.values() for each in seen)
    slowest = statistics.median(each.caught_up for each in found[sizes[-1]])
    targets = [
        (f"none lost: {lost}", lost == 0),
        (f"all caught up within 5 s: {slowest:.1f} s", slowest <= 5),
    ]
    method = (
        "All sockets of 100 members drop at once and come back, evenly over two seconds, telling up to where they know."
        " 20 changes a second go on meanwhile; caught up is the last socket's last one. Lost are pairs of change and"
        " socket that was never told."
    )
    return Report("ws_reconnect_storm", method, STORM_COLUMNS, rows, targets, {"lost": lost})


STORM_EVENTS, STORM_RATE = 60, 20


def _storm(here: Ground, sockets: int) -> Seen:
    published = {}
    with crowd(here, "live", sockets) as process:
        topics = here.next(STORM_EVENTS)
        publishing = threading.Thread(
            target=lambda: published.update(_publish(here, topics, STORM_RATE, is_floor=False))
        )
        publishing.start()
        time.sleep(1.0)
        tell(process, "drop")
        wait_open(process)
        publishing.join()
        return finish(process, published)
