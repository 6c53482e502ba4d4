"""A list of 10,000 conversations and a thread of 10,000 messages in a browser: opened, scrolled, and what they keep."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench import clinic, pages
from bench.report import Report
from bench.stage import Stage, stage
from clinic_inbox.local.browser import LAUNCH_ARGUMENTS, find_browser

MANY, FEW = 10_000, 400
SPEED = 2_400  # pixels a second, a quick hand on a wheel
STRETCH = 3_000  # milliseconds of scrolling without a pause, between two looks at what the page holds
PATIENCE = 100  # stretches at most until the end of all is reached
VIEWPORT = {"width": 1440, "height": 900}
CATEGORIES = [
    "-*",
    "disabled-by-default-devtools.timeline.frame",
    "devtools.timeline.frame",
    "benchmark",
    "cc",
]
FRAME, TWO_FRAMES = 1000 / 60, 1000 / 30
SLACK = 1.0  # milliseconds; the clock of a frame is not exact
COLUMNS = (
    "what", "median ms", "p95 ms", "frames", "over 16.7 ms", "over 33 ms", "longest ms", "nodes", "heap MB",
)  # fmt: skip
# True at the end of what one scrolls: the box has stayed where it was for so many frames, nothing more has come.
SCROLL_ON = """async ([box, step, stretch]) => {
    const element = document.querySelector(box);
    let still = 0;
    for (const until = Date.now() + stretch; Date.now() < until && still < 60; ) {
        const before = element.scrollTop;
        element.scrollTop += step;
        await new Promise((go) => setTimeout(go, 16));
        still = element.scrollTop === before ? still + 1 : 0;
    }
    return still >= 60;
}"""
# The floor: as many plain rows of the same height, all in the page, without pictures, links or scripts.
FLOOR = """(count) => {
    document.body.innerHTML = '<div id="floor"><ul></ul></div>';
    document.getElementById("floor").style.cssText = "height: 900px; overflow-y: auto";
    const rows = document.createDocumentFragment();
    for (let at = 0; at < count; at++) {
        const row = document.createElement("li");
        row.textContent = "Example Person " + at;
        row.style.height = "64px";
        rows.append(row);
    }
    document.querySelector("ul").append(rows);
}"""


@dataclass
class Scrolled:
    """What scrolling one thing took, and what the page held while it was scrolled from end to end and back."""

    name: str
    box: str
    intervals: list[float] = field(default_factory=list)  # milliseconds between two frames
    nodes: list[int] = field(default_factory=list)
    heap: list[float] = field(default_factory=list)  # megabytes

    def share_over(self, limit: float) -> float:
        return sum(each > limit + SLACK for each in self.intervals) / max(1, len(self.intervals))

    def row(self) -> tuple:
        late = (f"{100 * self.share_over(limit):.1f} %" for limit in (FRAME, TWO_FRAMES))
        kept = ("", "")
        if self.nodes:
            kept = (_course(self.nodes, "{:,.0f}"), _course(self.heap, "{:.1f}"))
        longest = f"{max(self.intervals, default=0):.0f}"
        return (self.name, "", "", len(self.intervals), *late, longest, *kept)

    @property
    def growth(self) -> float:
        """Of the page's nodes and of its heap, whichever grew more: from the first quarter of the looks to the last."""
        return max(_growth(self.nodes), _growth(self.heap))


def _course(figures: list[float], form: str) -> str:
    first, last = _quarters(figures)
    told = (figures[0], first, last, max(figures))
    return " / ".join(form.format(figure) for figure in told)


def _growth(figures: list[float]) -> float:
    first, last = _quarters(figures)
    return last / first


def _quarters(figures: list[float]) -> tuple[float, float]:
    """The medians of the first and of the last quarter, without the look before anything was scrolled."""
    moved = figures[1:]
    size = max(1, len(moved) // 4)
    return median(moved[:size]), median(moved[-size:])


def run(short: bool = False, rounds: int = 0) -> Report:
    rounds, many = rounds or (1 if short else 5), FEW if short else MANY
    with stage() as prepared:
        asked, conversation, cookie = _fill(prepared, many)
        pages.ask(prepared, asked, rounds=rounds, each=2 if short else 10)
        prepared.start("live")
        prepared.wait_for("live", "/readyz")
        found = _browse(prepared, conversation, cookie, many=many, rounds=rounds, short=short)
    return _report(asked, found, many)


def _fill(prepared: Stage, many: int) -> tuple:
    workplace = clinic.make_clinic(prepared, contacts=many)
    clinic.fill(prepared, workplace, each=2)
    with prepared.superuser() as connection:
        # The bench's own three quarters are open; here all are, and every fifth patient waits.
        connection.execute(
            "UPDATE inbox_conversation SET status = 'open',"
            " waiting_since = CASE WHEN unread > 0 THEN last_message_at END"
        )
        newest = "SELECT id FROM inbox_conversation ORDER BY last_message_at DESC LIMIT 1"
        conversation = str(connection.execute(newest).fetchone()[0])
    clinic.lengthen(prepared, conversation, messages=many)
    (who,) = clinic.sign_in(prepared, (workplace, 1, "agent", "all"))
    pages.start_web(prepared)
    asked = [
        pages.Page("whole inbox", "/?view=all", who.cookie, is_fragment=False),
        pages.Page("list", "/conversations/?view=all", who.cookie),
        pages.Page("list, waiting longest", "/conversations/?view=waiting", who.cookie),
        pages.Page("menu of lists, with counts", "/conversations/views/", who.cookie),
        pages.Page("thread", f"/conversations/{conversation}/", who.cookie),
    ]
    return asked, conversation, who.cookie


def _browse(
    prepared: Stage, conversation: str, cookie: str, *, many: int, rounds: int, short: bool
) -> list[Scrolled]:
    address = f"http://127.0.0.1:{prepared.ports['live_port']}"
    name, _, value = cookie.partition("=")
    found = [
        Scrolled("plain rows, all in the page (floor)", "#floor"),
        Scrolled(f"list of {many:,}", ".list-body"),
        Scrolled(f"thread of {many:,}", "[data-scroller]"),
    ]
    openers = [
        lambda page: page.evaluate(FLOOR, many),
        lambda page: (page.goto(f"{address}/?view=all"), page.wait_for_selector(".row")),
        lambda page: (
            page.goto(f"{address}/conversations/{conversation}/?view=all"),
            page.wait_for_selector(".message"),
        ),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=LAUNCH_ARGUMENTS)
        for _round in range(rounds):
            for scrolled, opener in zip(found, openers, strict=True):
                context = browser.new_context(viewport=VIEWPORT)
                context.add_cookies([{"name": name, "value": value, "url": address}])
                page = context.new_page()
                _trace(browser, page, scrolled, opener, seconds=2 if short else 6)
                context.close()
        for scrolled, opener in list(zip(found, openers, strict=True))[1:]:
            context = browser.new_context(viewport=VIEWPORT)
            context.add_cookies([{"name": name, "value": value, "url": address}])
            _pass_through(context.new_page(), scrolled, opener)
            context.close()
        browser.close()
    return found


def _trace(browser, page: Page, scrolled: Scrolled, opener: Callable, *, seconds: int) -> None:
    """Scroll as a hand does, down the list or back through the thread, and note when frames were drawn."""
    opener(page)
    page.wait_for_timeout(1_000)
    box = page.locator(scrolled.box).bounding_box()
    down = -1 if scrolled.box != "[data-scroller]" else 1
    session = page.context.new_cdp_session(page)
    browser.start_tracing(page=page, categories=CATEGORIES)
    session.send(
        "Input.synthesizeScrollGesture",
        {
            "x": box["x"] + box["width"] / 2,
            "y": box["y"] + box["height"] / 2,
            "yDistance": down * SPEED * seconds,
            "speed": SPEED,
            "gestureSourceType": "mouse",
            "preventFling": True,
        },
    )
    events = json.loads(browser.stop_tracing())["traceEvents"]
    drawn = sorted(each["ts"] / 1000 for each in events if each["name"] == "DrawFrame")
    scrolled.intervals += [after - before for before, after in pairwise(drawn)]


def _pass_through(page: Page, scrolled: Scrolled, opener: Callable) -> None:
    """To the end and back again; after each stretch, what the page holds."""
    opener(page)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    _measure(session, scrolled)
    there = 4_000 if scrolled.box != "[data-scroller]" else -4_000
    for step in (there, -there):
        for _stretch in range(PATIENCE):
            is_done = page.evaluate(SCROLL_ON, [scrolled.box, step, STRETCH])
            _measure(session, scrolled)
            print(f"  {scrolled.name}: {scrolled.nodes[-1]:,} nodes", file=sys.stderr, flush=True)
            if is_done:
                break
        else:
            raise SystemExit(f"{scrolled.name}: no end of it after {PATIENCE * STRETCH / 1000:.0f} s")


def _measure(session: CDPSession, scrolled: Scrolled) -> None:
    session.send("HeapProfiler.collectGarbage")
    told = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    scrolled.nodes.append(int(told["Nodes"]))
    scrolled.heap.append(told["JSHeapUsedSize"] / 1e6)


def _report(asked: list[pages.Page], found: list[Scrolled], many: int) -> Report:
    floor, *ours = found
    opened = [(f"open: {page.name}", f"{page.median:.1f}", f"{page.p95:.1f}", *[""] * 6) for page in asked]
    slowest = max(asked, key=lambda page: page.p95)
    targets = [
        (
            f"opened in less than 150 ms of server time, p95: {slowest.p95:.0f} ms ({slowest.name})",
            slowest.p95 < 150,
        )
    ]
    for each in ours:
        late = each.share_over(TWO_FRAMES)
        targets += [
            (
                f"{each.name}: hardly more frames over 33 ms than plain rows have: {100 * late:.1f} % and"
                f" {100 * floor.share_over(TWO_FRAMES):.1f} %",
                late <= floor.share_over(TWO_FRAMES) + 0.02,
            ),
            (
                f"{each.name}: the page holds no more at the end of the way than in its beginning: {each.growth:.2f} ×",
                each.growth <= 1.1,
            ),
        ]
    method = (
        f"One clinic with {many:,} open conversations, one of them with as many messages. Opening: web answers one"
        " request after another. Scrolling: a headless Chromium without a graphics card at 1440 × 900,"
        f" {SPEED:,} pixels a second by the compositor's own gesture; frames as its trace has them (DrawFrame), all"
        " rounds together, interleaved with a page of as many plain rows. Memory: from one end to the other and back,"
        f" as fast as it comes; nodes and heap every {STRETCH / 1000:.0f} s after a collection of garbage: at first /"
        " median of the first quarter of the looks / of the last quarter / most."
    )
    figures = {"nodes": max(each.nodes[-1] for each in ours), "p95": slowest.p95}
    return Report("screens", method, COLUMNS, [*opened, *(each.row() for each in found)], targets, figures)
