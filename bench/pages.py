"""Pages through granian, one request after another, as one browser asks; beside each the queries it makes."""

import http.client
import json
import statistics
import time
from dataclasses import dataclass, field

from bench.clinic import Workplace
from bench.cpu import Meter
from bench.load import percentile
from bench.stage import Stage

QUERIES = """
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE userid = 'clinic_app'::regrole
    AND query !~* '^(begin|commit|savepoint|release|rollback|set|select set_config)'
"""
COLUMNS = ("page", "median ms", "p95 ms", "queries", "web CPU ms", "Postgres CPU ms", "kB")


@dataclass
class Page:
    """One address, and what asking for it took."""

    name: str
    path: str
    is_fragment: bool = True
    milliseconds: list[float] = field(default_factory=list)
    queries: set[int] = field(default_factory=set)
    cpu: list[tuple[float, float]] = field(default_factory=list)
    size: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    def row(self) -> tuple:
        web, postgres = (statistics.median(column) for column in zip(*self.cpu, strict=True))
        p95 = percentile(sorted(self.milliseconds), 0.95)
        queries = "/".join(map(str, sorted(self.queries)))
        figures = (f"{each:.1f}" for each in (self.median, p95))
        return (self.name, *figures, queries, f"{web:.1f}", f"{postgres:.1f}", f"{self.size / 1024:.0f}")


def open_for_work(stage: Stage, slug: str = "bench") -> str:
    """Start `web`; returns the cookie of a member who is signed in."""
    (cookie,) = json.loads(stage.run_once("bench.sessions", slug, "1"))
    stage.start("web")
    stage.wait_for("web", "/healthz")
    with stage.superuser() as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    return cookie


def ask(stage: Stage, cookie: str, pages: list[Page], *, rounds: int, each: int) -> None:
    """Ask for each page in turn, round by round, and note times, queries and CPU."""
    connection = http.client.HTTPConnection("127.0.0.1", stage.ports["web_port"])
    for page in pages * 3:
        _get(connection, cookie, page)  # Templates and plans are read once.
    with stage.superuser() as superuser:
        for _ in range(rounds):
            for page in pages:
                before = superuser.execute(QUERIES).fetchone()[0]
                meter = Meter(web=stage.pids("web"), postgres=[stage.postgres.process.pid])
                page.milliseconds += [_get(connection, cookie, page) for _ in range(each)]
                spent = meter.spent()
                page.cpu.append((1000 * spent["web"] / each, 1000 * spent["postgres"] / each))
                page.queries.add(round((superuser.execute(QUERIES).fetchone()[0] - before) / each))


def time_floor(stage: Stage, statement: str, values: dict, *, times: int) -> float:
    """Median milliseconds of a statement asked straight of Postgres, without isolation, prepared."""
    taken = []
    with stage.superuser() as connection:
        for _ in range(times):
            started = time.perf_counter()
            connection.execute(statement, values, prepare=True).fetchall()
            taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def newest_open(stage: Stage, workplace: Workplace, *, at: int) -> tuple[str, str]:
    """The conversation at this place of the open ones, newest first: its id, and the cursor of the page after it."""
    with stage.superuser() as connection:
        pk, when = connection.execute(
            "SELECT id, last_message_at FROM inbox_conversation WHERE clinic_id = %s AND status = 'open'"
            " ORDER BY last_message_at DESC, id DESC LIMIT 1 OFFSET %s",
            [workplace.clinic_id, at - 1],
        ).fetchone()
    return str(pk), f"{when.timestamp():.6f}_{pk.hex}"


def _get(connection: http.client.HTTPConnection, cookie: str, page: Page) -> float:
    headers = {"Cookie": cookie} | ({"HX-Request": "true"} if page.is_fragment else {})
    started = time.perf_counter()
    connection.request("GET", page.path, headers=headers)
    answer = connection.getresponse()
    page.size = len(answer.read())
    if answer.status != 200:
        raise SystemExit(f"{page.path} answered {answer.status}")
    return 1000 * (time.perf_counter() - started)
