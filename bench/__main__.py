"""`./dev bench [NAME ...]`: measure, print tables and, if asked, keep them in docs/performance.md.

Each table is kept as soon as it is there, and a workload that breaks takes only its own section with it.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator

from bench import (
    documentation,
    footprint,
    growing,
    ingest_closed,
    ingest_dups,
    ingest_kill,
    ingest_paced,
    noisy,
    scrolling,
    sending,
    webhook_to_screen,
    ws_fanout,
)
from bench.report import Report, failed

# In the order of the document. What shares a name's function comes out of one run together.
WORKLOADS: dict[str, Callable[..., Report | Iterator[Report]]] = {
    "ingest_closed": ingest_closed.run,
    "ingest_paced": ingest_paced.run,
    "ingest_dups": ingest_dups.run,
    "ingest_kill": ingest_kill.run,
    "webhook_to_screen": webhook_to_screen.run,
    "ws_fanout": ws_fanout.run,
    "ws_reconnect_storm": ws_fanout.run_storm,
    "growing": growing.run,
    "screens": scrolling.run,
    "send_80": sending.run_80,
    "send_1000": sending.run_1000,
    "noisy_clinic": noisy.run,
    "footprint": footprint.run,
}
GROUPS = {"growing": growing.NAMES}


def main() -> int:
    options = _options().parse_args()
    broken = 0
    for name in options.names or WORKLOADS:
        started = time.monotonic()
        print(f"{name} ...", file=sys.stderr, flush=True)
        for report in _reports(name, short=options.short, rounds=options.rounds):
            print(report.markdown(), flush=True)
            broken += report.is_failure
            if options.write:
                documentation.write(report, workload=name, order=list(_names()))
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return 1 if broken else 0


def _reports(name: str, **options) -> Iterator[Report]:
    try:
        found = WORKLOADS[name](**options)
        yield from [found] if isinstance(found, Report) else found
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        yield failed(name, error)


def _names() -> Iterator[str]:
    for name in WORKLOADS:
        yield from GROUPS.get(name, (name,))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument(
        "names", nargs="*", choices=[*WORKLOADS, []], metavar="NAME", help=", ".join(WORKLOADS)
    )
    parser.add_argument(
        "--short", action="store_true", help="seconds instead of minutes; its figures mean little"
    )
    parser.add_argument("--rounds", type=int, default=0, help="how often each contender is measured")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
