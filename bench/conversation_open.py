"""Opening a conversation in clinics of several sizes, a short one and a long one; opening is put on record."""

from bench.filling import EACH, Filled, place_in_list
from bench.inbox_list import growth_of_blocks
from bench.pages import COLUMNS, Page, Question
from bench.report import Report

LONG = 2_000  # messages
THREAD = """
SELECT m.*, a.name FROM inbox_message m LEFT JOIN clinics_member a ON a.id = m.author_id
WHERE m.clinic_id = %(clinic)s AND m.conversation_id = %(conversation)s AND m.kind <> 'reaction'
ORDER BY m.sent_at DESC, m.id DESC LIMIT 51
"""


def pages(filled: Filled) -> list[Page]:
    """What is asked for at this size."""
    who, long = filled.people["admin"], filled.long
    brief, *_ = place_in_list(filled, who, 1)

    def thread(conversation: str) -> Question:
        values = {"clinic": who.clinic, "conversation": conversation}
        return Question(who.clinic, who.member, "thread", conversation, [THREAD], values)

    return [
        Page("whole page", f"/conversations/{long}/", who.cookie, is_fragment=False),
        Page(f"thread of {EACH}", f"/conversations/{brief}/", who.cookie, thread(brief)),
        Page(f"thread of {LONG:,}", f"/conversations/{long}/", who.cookie, thread(long)),
        Page("its news after a hint", f"/conversations/{long}/news/", who.cookie),
    ]


def report(sizes: list[list[Page]]) -> Report:
    """The table and whether the promises were kept, at the sizes measured so far."""
    everything = [page for size in sizes for page in size]
    worst = max((page for page in everything if page.ratio), key=lambda page: page.ratio)
    slowest = max((page for page in everything if page.messages <= 1_000_000), key=lambda page: page.p95)
    targets = [
        (f"statements within 1.5 × the floor: {worst.ratio:.2f} × ({worst.name})", worst.ratio <= 1.5),
        (
            f"p95 at most 100 ms up to a million messages: {slowest.p95:.0f} ms ({slowest.name})",
            slowest.p95 <= 100,
        ),
        (
            "as many queries for a long thread as for a short one",
            sizes[-1][1].queries == sizes[-1][2].queries,
        ),
    ]
    targets += [growth_of_blocks(sizes, 2, 1.3)] if len(sizes) > 1 else []
    method = (
        "In the large clinic of inbox_list. A page shows the newest 50 messages, the patient and whom the conversation"
        " can be given to; each opening writes an audit entry. The statement compared is that of the 51 messages."
    )
    figures = {page.name: page.taken.blocks for page in everything if page.taken}
    return Report("conversation_open", method, COLUMNS, [page.row() for page in everything], targets, figures)
