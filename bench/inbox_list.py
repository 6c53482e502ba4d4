"""The list of conversations in clinics of several sizes: its first page, one far down, and its counts."""

from bench.clinic import SignedIn
from bench.filling import Filled, place_in_list
from bench.pages import COLUMNS, Page, Question
from bench.report import Report

ROWS = 40  # on a page, as inbox.queries has it
SHOWN = """
SELECT c.*, p.name, i.wa_id, a.name, t.name FROM {table} c
JOIN contacts_contact p ON p.id = c.contact_id JOIN contacts_identity i ON i.id = c.identity_id
LEFT JOIN clinics_member a ON a.id = c.assignee_id LEFT JOIN clinics_team t ON t.id = c.team_id
"""
NEWEST = "ORDER BY c.last_message_at DESC, c.id DESC LIMIT 41"
OPEN = "c.clinic_id = %(clinic)s AND c.status = 'open'"
PAGE = SHOWN.format(table="inbox_conversation") + f"WHERE {OPEN} {{place}} {NEWEST}"
BELOW = "AND (c.last_message_at, c.id) < (%(at)s, %(pk)s)"
MINE = "c.assignee_id = %(member)s"
TEAMS = "c.assignee_id IS DISTINCT FROM %(member)s AND c.team_id = (SELECT id FROM own_team)"
UNHELD = "c.assignee_id IS NULL AND c.team_id IS NULL AND NOT c.is_sensitive"
TEAM = "WITH own_team AS (SELECT team_id AS id FROM clinics_teammember WHERE member_id = %(member)s)"
PARTS = " UNION ALL ".join(
    f"(SELECT * FROM inbox_conversation c WHERE {OPEN} AND {part} {NEWEST})" for part in (MINE, TEAMS, UNHELD)
)
OWN_FLOORS = [PAGE.format(place=f"AND {MINE}")]
# Through all open ones from the newest down; and the newest of each part, put together.
TEAM_FLOORS = [
    TEAM + PAGE.format(place=f"AND ({MINE} OR {TEAMS} OR {UNHELD})"),
    TEAM + SHOWN.format(table=f"({PARTS})") + NEWEST,
]
COUNTS = """
SELECT count(*) FROM (SELECT FROM inbox_conversation WHERE clinic_id = %(clinic)s AND status = 'open' LIMIT 100) a
"""


def pages(filled: Filled) -> list[Page]:
    """What is asked for at this size."""
    big, small = filled.people["admin"], filled.people["small"]
    far = min(1_000, filled.conversations // 100)
    newest, second, _, _ = place_in_list(filled, big, ROWS)
    _, distant, at, pk = place_in_list(filled, big, ROWS * (far - 1))
    below = {"at": at, "pk": pk}
    return [
        Page("whole inbox", "/", big.cookie, is_fragment=False),
        Page("page 1", "/conversations/?view=all", big.cookie, _page(big)),
        Page("page 2", f"/conversations/?view=all&after={second}", big.cookie),
        Page(
            f"page {far:,}",
            f"/conversations/?view=all&after={distant}",
            big.cookie,
            _page(big, distant, below),
        ),
        Page("count, with one row", f"/conversations/rows/?view=all&ids={newest}", big.cookie, _counts(big)),
        Page("small clinic, page 1", "/conversations/?view=all", small.cookie, _page(small)),
        _restricted(filled.people["team"], "page 1, sees their team's", TEAM_FLOORS),
        _restricted(filled.people["own"], "page 1, sees their own", OWN_FLOORS),
    ]


def _restricted(who: SignedIn, name: str, floors: list[str]) -> Page:
    question = Question(
        who.clinic, who.member, "page", "", floors, {"clinic": who.clinic, "member": who.member}
    )
    return Page(name, "/conversations/?view=all", who.cookie, question)


def _page(who: SignedIn, after: str = "", below: dict | None = None) -> Question:
    text = PAGE.format(place=BELOW if below else "")
    return Question(who.clinic, who.member, "page", after, [text], {"clinic": who.clinic, **(below or {})})


def _counts(who: SignedIn) -> Question:
    return Question(who.clinic, who.member, "counts", "", [COUNTS], {"clinic": who.clinic})


def report(sizes: list[list[Page]]) -> Report:
    """The table and whether the promises were kept, at the sizes measured so far."""
    everything = [page for size in sizes for page in size]
    compared = [page for page in everything if page.ratio]
    worst = max(compared, key=lambda page: page.ratio)
    slowest = max((page for page in everything if page.messages <= 1_000_000), key=lambda page: page.p95)
    counts = max(page.taken.ours for page in everything if page.name.startswith("count,"))
    queries = {page.name.split(",")[0]: page.queries for page in sizes[-1]}
    far = sizes[-1][3]
    targets = [
        (f"statements within 1.5 × the floor: {worst.ratio:.2f} × ({worst.where})", worst.ratio <= 1.5),
        (
            f"p95 at most 100 ms up to a million messages: {slowest.p95:.0f} ms ({slowest.where})",
            slowest.p95 <= 100,
        ),
        (f"the count of a list at most 1 ms: {counts:.1f} ms", counts <= 1),
        (
            "as many queries far down as on page 2, but for those about assignees and teams its rows have",
            max(far.queries) <= max(queries["page 2"]) + 2,
        ),
    ]
    targets += [growth_of_blocks(sizes, at, 1.3) for at in (1, 3) if len(sizes) > 1]
    method = (
        "A tenth as many conversations as messages, four fifths of them in one large clinic, three quarters open. A"
        " signed-in admin asks granian, one request after another, the pages in turn; so do an agent who sees only the"
        " 2 % of conversations that are theirs, and one who sees the 48 % that are theirs, their team's or nobody's."
        " The floor is the best statement a person wrote for the same rows, without isolation; blocks are what of 8 kB"
        " Postgres touched, which no other load moves."
    )
    return Report(
        "inbox_list", method, COLUMNS, [page.row() for page in everything], targets, _figures(everything)
    )


def growth_of_blocks(sizes: list[list[Page]], at: int, most: float) -> tuple[str, bool]:
    """Whether a page's statements touch hardly more in the largest than in the smallest; per tenfold."""
    first, last = sizes[0][at], sizes[-1][at]
    tenfolds = len(sizes) - 1
    growth = (last.taken.blocks / first.taken.blocks) ** (1 / tenfolds)
    text = f"{last.name}: blocks at most {most} × per ten times the messages: {growth:.2f} ×"
    return text, growth <= most


def _figures(pages: list[Page]) -> dict[str, float]:
    return {page.name: page.taken.blocks for page in pages if page.taken}
