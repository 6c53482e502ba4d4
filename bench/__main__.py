"""`./dev bench [NAME ...]`: measure, print tables and, if asked, keep them in docs/performance.md."""

import argparse
import sys

from bench import conversation_open, documentation, inbox_list, ingest_closed, ingest_paced, webhook_to_screen
from bench.report import Report

WORKLOADS = {
    "ingest_closed": ingest_closed.run,
    "ingest_paced": ingest_paced.run,
    "webhook_to_screen": webhook_to_screen.run,
    "inbox_list": inbox_list.run,
    "conversation_open": conversation_open.run,
}


def main() -> int:
    options = _options().parse_args()
    reports: list[Report] = []
    for name in options.names or WORKLOADS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        report = WORKLOADS[name](short=options.short, rounds=options.rounds)
        print(report.markdown(), flush=True)
        reports.append(report)
    if options.write:
        documentation.write(reports)
    return 0


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
