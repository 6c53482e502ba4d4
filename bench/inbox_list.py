"""The list of conversations in a large clinic: its first page, and one far down."""

from bench import clinic, pages
from bench.report import Report
from bench.stage import stage

ROWS = 40  # on a page, as inbox.queries has it
FLOOR = """
SELECT c.*, p.name, i.wa_id FROM inbox_conversation c
JOIN contacts_contact p ON p.id = c.contact_id JOIN contacts_identity i ON i.id = c.identity_id
WHERE c.clinic_id = %(clinic)s AND c.status = 'open' ORDER BY c.last_message_at DESC, c.id DESC LIMIT 41
"""


def run(short: bool = False, rounds: int = 0) -> Report:
    contacts, each = (5_000, 2) if short else (100_000, 10)
    far = 50 if short else 1_000
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=contacts)
        clinic.fill(prepared, workplace, contacts=contacts, each=each)
        cookie = pages.open_for_work(prepared)
        (newest, second), (_, distant) = (
            pages.newest_open(prepared, workplace, at=ROWS * page) for page in (1, far - 1)
        )
        asked = [
            pages.Page("whole inbox", "/", is_fragment=False),
            pages.Page("page 1 with counts", "/conversations/?view=all"),
            pages.Page("page 2", f"/conversations/?view=all&after={second}"),
            pages.Page(f"page {far:,}", f"/conversations/?view=all&after={distant}"),
            pages.Page("one row after a hint", f"/conversations/rows/?view=all&ids={newest}"),
        ]
        pages.ask(prepared, cookie, asked, rounds=rounds or (1 if short else 5), each=10 if short else 20)
        floor = pages.time_floor(prepared, FLOOR, {"clinic": workplace.clinic_id}, times=100)
    first, second, distant = asked[1:4]
    growth = distant.median / min(first.median, second.median)
    slowest = max(page.median for page in asked)
    rows = [*(page.row() for page in asked), ("SQL of page 1 alone", f"{floor:.1f}", "", "1", "", "", "")]
    targets = [
        (f"median at most 25 ms: {slowest:.1f} ms", slowest <= 25),
        (f"page {far:,} within 1.3 × page 1: {growth:.2f} ×", growth <= 1.3),
        ("as many queries far down as at the top", second.queries == distant.queries),
    ]
    method = (
        f"{contacts:,} conversations and {contacts * each:,} messages in one clinic, three quarters of them open."
        " One signed-in member asks granian, one request after another, the pages in turn."
    )
    return Report("inbox_list", method, pages.COLUMNS, rows, targets)
