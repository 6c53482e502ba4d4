"""Search in clinics of several sizes: words of every frequency and four scripts, names and numbers."""

from urllib.parse import quote

from bench import words
from bench.clinic import SignedIn
from bench.filling import Filled
from bench.pages import COLUMNS, Page, Question
from bench.report import Report

# What is typed, and whether its floor walks from the newest message back (else it goes through the word index).
CASES = {
    "rare word": (words.RARE, False),
    "word nobody said": ("zyzzyva", False),
    "frequent word": ("de", True),
    "prefix": ("medic", True),
    "two words": ("cita doctora", False),
    "accents left out, es": ("manana", True),
    "accents left out, en": ("cafe", True),
    "Arabic": ("موعد", True),
    "Chinese": ("医生", True),
    "name": ("Íñigo", False),
    "phone": ("+1 202 555 0142", False),
}
SMALL = ("rare word", "frequent word", "two words")
QUERY = "to_tsquery('simple', public.unaccent('public.unaccent'::regdictionary, %(words)s))"
SHOWN = "c.*, p.name, i.wa_id"
JOINS = "JOIN contacts_contact p ON p.id = c.contact_id JOIN contacts_identity i ON i.id = c.identity_id"
NAMED = f"""
(SELECT {SHOWN}, NULL AS text, NULL::timestamptz AS sent_at FROM inbox_conversation c {JOINS}
WHERE p.clinic_id = %(clinic)s AND p.search @@ {QUERY} ORDER BY c.last_message_at DESC, c.id DESC LIMIT 30)
"""
NUMBERED = f"""
(SELECT {SHOWN}, NULL AS text, NULL::timestamptz AS sent_at FROM inbox_conversation c {JOINS}
WHERE i.clinic_id = %(clinic)s AND i.wa_id LIKE '%%' || %(digits)s || '%%'
ORDER BY c.last_message_at DESC, c.id DESC LIMIT 30)
"""
SAID = f"SELECT {SHOWN}, m.text, m.sent_at FROM said m JOIN inbox_conversation c ON c.id = m.conversation_id {JOINS}"
MATCHING = f"search @@ {QUERY} AND revoked_at IS NULL AND direction <> 'event'"
WALK = f"""
WITH said AS (
    SELECT * FROM (SELECT * FROM inbox_message WHERE clinic_id = %(clinic)s ORDER BY sent_at DESC OFFSET 0) m
    WHERE {MATCHING} LIMIT 30)
{SAID}
"""
SEEK = f"""
WITH found AS MATERIALIZED (SELECT * FROM inbox_message WHERE clinic_id = %(clinic)s AND {MATCHING}),
    said AS (SELECT * FROM found ORDER BY sent_at DESC LIMIT 30)
{SAID}
"""


def pages(filled: Filled) -> list[Page]:
    """What is asked for at this size."""
    big, small = filled.people["admin"], filled.people["small"]
    asked = [_page(name, big, *case) for name, case in CASES.items()]
    return asked + [_page(f"small clinic, {name}", small, *CASES[name]) for name in SMALL]


def _page(name: str, who: SignedIn, typed: str, walks: bool) -> Page:
    is_number = typed.startswith("+")
    values = {"clinic": who.clinic, "words": _words(typed), "digits": typed.translate({43: "", 32: ""})}
    parts = [f"({WALK if walks else SEEK})", NAMED, *([NUMBERED] if is_number else [])]
    floor = " UNION ALL ".join(parts)
    question = Question(who.clinic, who.member, "search", typed, [floor], values, times=10)
    return Page(name, f"/conversations/?q={quote(typed)}", who.cookie, question)


def _words(typed: str) -> str:
    letters = "".join(
        f" {each} " if "\u3400" <= each <= "\u9fff" else each for each in typed.replace("+", "")
    )
    return " & ".join(f"'{word}':*" for word in letters.split())


def report(sizes: list[list[Page]]) -> Report:
    """The table and whether the promises were kept, at the sizes measured so far."""
    everything = [page for size in sizes for page in size]
    in_time = [page for page in everything if page.messages <= 1_000_000]
    worst = max(everything, key=lambda page: page.ratio)
    slowest = max(in_time, key=lambda page: page.p95)
    targets = [
        (f"statements within 1.5 × the floor: {worst.ratio:.2f} × ({worst.where})", worst.ratio <= 1.5),
        (
            f"p95 at most 250 ms up to a million messages: {slowest.p95:.0f} ms ({slowest.where})",
            slowest.p95 <= 250,
        ),
    ]
    if len(sizes) > 1:
        targets += [_growth(sizes, "rare word", 1.5), _growth(sizes, "frequent word", 10)]
    method = (
        "In the clinics of inbox_list: sentences in Spanish, English, Arabic and Chinese, words as unequal as real."
        f" “{words.RARE}” is in twenty messages of the large clinic at every size. Each search looks at names, at"
        " numbers when digits are typed, and at messages, newest first; it writes an audit entry."
    )
    figures = {page.name: page.taken.blocks for page in everything if page.taken}
    return Report("search", method, COLUMNS, [page.row() for page in everything], targets, figures)


def _growth(sizes: list[list[Page]], name: str, most: float) -> tuple[str, bool]:
    first, last = (next(page for page in size if page.name == name) for size in (sizes[0], sizes[-1]))
    growth = (last.taken.ours / first.taken.ours) ** (1 / (len(sizes) - 1))
    return f"{name}: statements at most {most} × per ten times the messages: {growth:.2f} ×", growth <= most
