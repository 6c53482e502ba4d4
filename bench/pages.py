"""Pages through granian, one request after another, as one browser asks; beside each the statements it rests on."""

import http.client
import json
import statistics
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field

from bench.cpu import Meter
from bench.load import percentile
from bench.report import spread
from bench.stage import Stage
from bench.statements_told import Question, Taken

QUERIES = """
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE userid = 'clinic_app'::regrole
    AND query !~* '^(begin|commit|savepoint|release|rollback|set|select set_config)'
"""
COLUMNS = (
    "messages", "asked for", "median ms", "p95 ms", "queries", "web CPU ms", "Postgres CPU ms", "kB", "SQL ms",
    "floor ms", "SQL ÷ floor", "blocks", "floor's blocks",
)  # fmt: skip


@dataclass
class Page:
    """One address, what asking for it took, and what its statements took when asked alone."""

    name: str
    path: str
    cookie: str
    question: Question | None = None
    is_fragment: bool = True
    messages: int = 0
    milliseconds: list[float] = field(default_factory=list)
    queries: set[int] = field(default_factory=set)
    cpu: list[tuple[float, float]] = field(default_factory=list)
    size: int = 0
    taken: Taken | None = None

    @property
    def where(self) -> str:
        return f"{self.name} of {self.messages:,}"

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        return percentile(sorted(self.milliseconds), 0.95)

    @property
    def ratio(self) -> float:
        """Of our statements to the floor; 0 where there is none."""
        return statistics.median(self.taken.ratios) if self.taken and self.taken.ratios else 0.0

    def row(self) -> tuple:
        web, postgres = (statistics.median(column) for column in zip(*self.cpu, strict=True))
        queries = "/".join(map(str, sorted(self.queries)))
        figures = (f"{each:.1f}" for each in (self.median, self.p95))
        asked = (f"{self.messages:,}", self.name, *figures, queries, f"{web:.1f}", f"{postgres:.1f}")
        return (*asked, f"{self.size / 1024:.0f}", *self._statement())

    def _statement(self) -> tuple:
        taken = self.taken
        if taken is None:
            return ("",) * 5
        if not taken.ratios:
            return (f"{taken.ours:.1f}", "", "", f"{taken.blocks:,}", "")
        middle = sorted(taken.ratios)[len(taken.ratios) // 10 : -(len(taken.ratios) // 10) or None]
        return (
            f"{taken.ours:.1f}", f"{taken.floor:.1f}", spread(middle, 2), f"{taken.blocks:,}",
            f"{taken.floor_blocks:,}",
        )  # fmt: skip


def start_web(stage: Stage) -> None:
    """Start `web`, and have Postgres count statements."""
    stage.start("web")
    stage.wait_for("web", "/healthz")
    with stage.superuser() as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def ask(stage: Stage, pages: list[Page], *, rounds: int, each: int) -> None:
    """Ask for each page in turn, round by round, and note times, queries and CPU."""
    address = "127.0.0.1", stage.ports["web_port"]
    with closing(http.client.HTTPConnection(*address)) as connection, stage.superuser() as superuser:
        for page in pages * 2:
            _get(connection, page)  # Templates and plans are read once.
        for _ in range(rounds):
            for page in pages:
                _round(stage, connection, superuser, page, each)


def ask_statements(stage: Stage, pages: list[Page], times: int = 0) -> None:
    """Ask what the pages rest on alone, beside its floor; so many times instead of as often as is wanted."""
    asked = [page for page in pages if page.question]
    for page in asked:
        page.question.times = times or page.question.times
    told = json.dumps([asdict(page.question) for page in asked])
    for page, taken in zip(
        asked,
        json.loads(stage.run_once("bench.statements", stage.postgres.url("clinic"), told=told)),
        strict=True,
    ):
        page.taken = Taken(**taken)


def _round(stage: Stage, connection, superuser, page: Page, each: int) -> None:
    before = superuser.execute(QUERIES).fetchone()[0]
    meter = Meter(web=stage.pids("web"), postgres=[stage.postgres.process.pid])
    page.milliseconds += [_get(connection, page) for _ in range(each)]
    spent = meter.spent()
    page.cpu.append((1000 * spent["web"] / each, 1000 * spent["postgres"] / each))
    page.queries.add(round((superuser.execute(QUERIES).fetchone()[0] - before) / each))


def _get(connection: http.client.HTTPConnection, page: Page) -> float:
    headers = {"Cookie": page.cookie} | ({"HX-Request": "true"} if page.is_fragment else {})
    started = time.perf_counter()
    connection.request("GET", page.path, headers=headers)
    answer = connection.getresponse()
    page.size = len(answer.read())
    if answer.status != 200:
        raise SystemExit(f"{page.path} answered {answer.status}")
    return 1000 * (time.perf_counter() - started)
