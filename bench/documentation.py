"""docs/performance.md: each workload's newest table, with the machine and the day it was measured on."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Report

FILE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
HEAD = """\
# Performance

Made by `./dev bench --write`. Every workload starts Postgres and Valkey of its own (fsync and synchronous_commit on,
128 MB of shared buffers) and the processes that production runs, all on one machine, the load generator too: one
`live`, one `web` with one worker process, the workers with two processes each (delivery six), one `beat`. Each value is
the median of the rounds, with the lowest and the highest. Where there is something to compare with, the rounds are
interleaved and the ratio is taken round by round: rates and waiting times move with whatever else the machine does,
ratios and CPU per message hardly. `./dev bench NAME` repeats one of them, `--short` in seconds.
"""


# What people wrote below the tables stays as it is.
WRITTEN_BY_HAND = "Reading the figures"


def write(report: Report, *, workload: str, order: list[str], file: Path = FILE) -> None:
    """Replace this report's section; the others stay as they were measured, and what was written by hand stays last.

    A workload with sections of other names has one of its own only while it is broken.
    """
    sections = _sections(file.read_text() if file.exists() else "")
    sections.pop(workload, None)
    sections[report.name] = f"{report.markdown()}\n{_measured()}\n"
    places = {name: place for place, name in enumerate(order)} | {WRITTEN_BY_HAND: len(order) + 1}
    names = sorted(sections, key=lambda name: places.get(name, len(order)))
    file.parent.mkdir(exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text("\n".join([HEAD, *(sections[name] for name in names)]))
    partial.replace(file)


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return {
        name: f"## {name}\n\n{body.strip()}\n" for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def _measured() -> str:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {os.cpu_count()} cores ({_processor()}), {platform.system()},"
        f" Python {platform.python_version()}; load averages at the end {load}."
    )


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()
