"""What it takes to be there: memory idle and loaded, the time to start, and what a browser fetches for the inbox."""

import gzip
import re
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench import clinic, ingest_closed
from bench.load import Load, send
from bench.report import Report, spread
from bench.stage import Stage, stage
from clinic_inbox.local.browser import LAUNCH_ARGUMENTS, NoBrowser, find_browser
from clinic_inbox.local.processes import WORKERS

PROCESSES = ("web", "live", *WORKERS, "beat")
READY = {"web": "/healthz", "live": "/readyz"}
COLUMNS = ("what", "idle MB", "loaded MB", "processes", "ready after s")
MOST_WEIGHT = 150  # kB, compressed
MOST_MEMORY = 150  # MB, a process of web


def run(short: bool = False, rounds: int = 0) -> Report:
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=2_000)
        clinic.fill(prepared, workplace, each=10)
        (who,) = clinic.sign_in(prepared, (workplace, 1, "admin", "all"))
        ready = _start(prepared)
        time.sleep(3 if short else 10)
        idle = {name: memory(*prepared.pids(name)) for name in PROCESSES}
        _use(prepared, workplace.sender, who.cookie, 3.0 if short else 10.0)
        loaded = {name: memory(*prepared.pids(name)) for name in PROCESSES}
        weight, timings = _look(prepared, who.cookie, 2 if short else 5)
    rows = [
        (name, f"{idle[name][0]:.0f}", f"{loaded[name][0]:.0f}", loaded[name][1], f"{ready.get(name, 0):.1f}")
        for name in PROCESSES
    ]
    return _report(rows, loaded["web"], weight, timings)


def memory(*pids: int) -> tuple[float, int]:
    """MB that these processes and their descendants hold, what they share counted once, and how many they are."""
    everyone = {int(file.parent.name): _parent(file) for file in Path("/proc").glob("[0-9]*/stat")}
    found, waiting = set(), list(pids)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += [child for child, parent in everyone.items() if parent == pid]
    return sum(map(_proportional, found)) / 1024, len(found)


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _proportional(pid: int) -> int:
    try:
        return int(
            re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1]
        )
    except OSError:
        return 0


def _start(stage: Stage) -> dict[str, float]:
    """Start one after the other; returns the seconds until those that can be asked were ready."""
    ready = {}
    for name in PROCESSES:
        started = time.monotonic()
        stage.start(name)
        if name in READY:
            stage.wait_for(name, READY[name])
            ready[name] = time.monotonic() - started
    return ready


def _use(stage: Stage, sender: dict, cookie: str, seconds: float) -> None:
    send(Load(port=stage.ports["live_port"], sender=sender, seconds=seconds, prepared=1_000))
    for _ in range(100):
        request = urllib.request.Request(
            f"http://127.0.0.1:{stage.ports['web_port']}/", headers={"Cookie": cookie}
        )
        urllib.request.urlopen(request, timeout=30).close()
    deadline = time.monotonic() + ingest_closed.DRAIN_PATIENCE_SECONDS
    with stage.superuser() as connection:
        while connection.execute(
            "SELECT EXISTS (SELECT FROM integrations_webhookevent WHERE state = 'waiting')"
        ).fetchone()[0]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)


def _look(stage: Stage, cookie: str, times: int) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Compressed kB of each kind of file, and milliseconds to interactive; nothing without a browser."""
    try:
        program = find_browser()
    except NoBrowser as error:
        print(f"  no browser: {error}", file=sys.stderr)
        return {}, {}
    weight, timings = {}, {"first view": [], "again": []}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=LAUNCH_ARGUMENTS)
        for _ in range(times):
            context = chromium.new_context()
            name, _, value = cookie.partition("=")
            address = f"http://127.0.0.1:{stage.ports['live_port']}/"
            context.add_cookies([{"name": name, "value": value, "url": address}])
            page, answers = context.new_page(), []
            page.on("response", lambda answer, answers=answers: answers.append(answer))
            for view in timings:
                page.goto(address, wait_until="load")
                timings[view].append(
                    page.evaluate("performance.timing.domInteractive - performance.timing.fetchStart")
                )
                weight = weight or _weigh(answers)
            context.close()
        chromium.close()
    return weight, timings


def _weigh(answers: list) -> dict[str, float]:
    """kB by kind, each file compressed by itself as production serves it."""
    weight: dict[str, float] = {}
    for answer in answers:
        if answer.status == 200:
            kind = answer.request.resource_type
            weight[kind] = weight.get(kind, 0) + len(gzip.compress(answer.body(), 6)) / 1024
    return weight


def _report(rows: list[tuple], web: tuple[float, int], weight: dict, timings: dict) -> Report:
    pages = sum(weight.get(kind, 0) for kind in ("document", "stylesheet", "script"))
    targets = [(f"web at most {MOST_MEMORY} MB, loaded: {web[0]:.0f} MB", web[0] <= MOST_MEMORY)]
    if weight:
        parts = ", ".join(f"{kind} {size:.0f}" for kind, size in sorted(weight.items()))
        text = f"inbox at most {MOST_WEIGHT} kB compressed at first: {pages:.0f} kB ({parts})"
        targets.append((text, pages <= MOST_WEIGHT))
        seen = ", ".join(f"{view} {spread(values)} ms" for view, values in timings.items())
        targets.append(
            (f"interactive in Chromium within a second: {seen}", max(timings["first view"]) <= 1_000)
        )
    method = (
        "Memory is proportional: what processes share counts once. Loaded is after ten seconds of the closed loop and a"
        " hundred pages. The page is the inbox of 2,000 conversations, opened in an empty Chromium through `live`;"
        " weight is HTML, CSS and JavaScript, each file compressed by itself."
        + ("" if weight else " There is no browser here, so the page was not weighed.")
    )
    return Report("footprint", method, COLUMNS, rows, targets)
