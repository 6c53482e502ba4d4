"""Opening a conversation in a large clinic, a short one and a long one; opening is put on record."""

from bench import clinic, pages
from bench.report import Report
from bench.stage import stage

LONG = 2_000  # messages
FLOOR = """
SELECT * FROM inbox_message WHERE clinic_id = %(clinic)s AND conversation_id = %(conversation)s
ORDER BY sent_at DESC, id DESC LIMIT 51
"""


def run(short: bool = False, rounds: int = 0) -> Report:
    contacts, each = (5_000, 2) if short else (100_000, 10)
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=contacts)
        clinic.fill(prepared, workplace, contacts=contacts, each=each)
        (brief, _), (long, _) = (pages.newest_open(prepared, workplace, at=at) for at in (1, 2))
        clinic.lengthen(prepared, long, messages=LONG)
        cookie = pages.open_for_work(prepared)
        asked = [
            pages.Page("whole page", f"/conversations/{long}/", is_fragment=False),
            pages.Page(f"thread of {each} messages", f"/conversations/{brief}/"),
            pages.Page(f"thread of {LONG:,} messages", f"/conversations/{long}/"),
            pages.Page("its news after a hint", f"/conversations/{long}/news/"),
        ]
        pages.ask(prepared, cookie, asked, rounds=rounds or (1 if short else 5), each=10 if short else 20)
        values = {"clinic": workplace.clinic_id, "conversation": long}
        floor = pages.time_floor(prepared, FLOOR, values, times=100)
    slowest = max(page.median for page in asked)
    rows = [
        *(page.row() for page in asked),
        ("SQL of 51 messages alone", f"{floor:.1f}", "", "1", "", "", ""),
    ]
    targets = [
        (f"median at most 25 ms: {slowest:.1f} ms", slowest <= 25),
        ("as many queries for a long thread as for a short one", asked[1].queries == asked[2].queries),
    ]
    method = (
        f"{contacts:,} conversations and {contacts * each:,} messages in one clinic. A page shows the newest 50"
        " messages, the patient and whom the conversation can be given to; each opening writes an audit entry."
    )
    return Report("conversation_open", method, pages.COLUMNS, rows, targets)
