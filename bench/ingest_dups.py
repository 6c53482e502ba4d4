"""The closed loop on a bad day at Meta's: redelivered, forged, batched, out of order, people without a number."""

import statistics
import sys

from bench import clinic, ingest_closed
from bench.report import Report, spread
from bench.stage import Stage, stage

NAMED = 10  # every so many people are known by user id only
COLUMNS = (
    "what", "messages/s", "POSTs/s", "p99 ms", "not 200", "lost", "stored twice", "wrong person", "app CPU µs",
    "Postgres CPU µs",
)  # fmt: skip
# Who wrote a message follows from its number, and its words say the number.
WRONG = """
SELECT count(*) FROM (
    SELECT substring(m.text FROM '^Message (\\d+)[.]')::bigint AS number, right(i.user_id, 9)::int AS person
    FROM inbox_message m JOIN inbox_conversation c ON c.id = m.conversation_id
    JOIN contacts_identity i ON i.id = c.identity_id WHERE m.external_id LIKE 'wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQzQTU4%%'
) told WHERE number * 7919 %% %(contacts)s <> person
"""
TWICE = "SELECT count(*) - count(DISTINCT external_id) FROM inbox_message"


def run(short: bool = False, rounds: int = 0) -> Report:
    seconds = 3.0 if short else 6.0
    found = {"plain": [], "dups": []}
    with stage() as prepared:
        workplace = clinic.make_clinic(prepared, contacts=ingest_closed.CONTACTS)
        clinic.fill(prepared, workplace, each=1 if short else 10)
        ours = ingest_closed.ours(prepared, workplace)
        sender = workplace.sender | {"named": NAMED}
        ingest_closed.measure(prepared, ours, sender, seconds=1, first=0)
        for at in range(rounds or (1 if short else 3)):
            for place, (stream, rounds_of) in enumerate(found.items()):
                first = 10_000_000 * (2 * at + place + 1)
                one = ingest_closed.measure(
                    prepared, ours, sender, seconds=seconds, first=first, stream=stream
                )
                rounds_of.append(one)
                print(f"  {stream} {one.rate:,.0f}/s, lost {one.lost}", file=sys.stderr, flush=True)
        faults = _faults(prepared)
    return _report(found, *faults)


def _faults(stage: Stage) -> tuple[int, int]:
    """Messages stored twice, and those in the thread of somebody else."""
    with stage.superuser() as connection:
        (twice,) = connection.execute(TWICE).fetchone()
        (wrong,) = connection.execute(WRONG, {"contacts": ingest_closed.CONTACTS}).fetchone()
    return twice, wrong


def _report(found: dict, twice: int, wrong: int) -> Report:
    rows = [
        (
            name,
            spread(each.rate for each in rounds),
            spread(each.outcome.accepted / each.outcome.seconds for each in rounds),
            spread((each.outcome.p99 for each in rounds), 1),
            sum(sum(each.outcome.answers.values()) - each.outcome.accepted for each in rounds),
            sum(each.lost for each in rounds),
            *((twice, wrong) if name == "dups" else ("", "")),
            *(spread(each.cpu_each(group) for each in rounds) for group in ("app", "postgres")),
        )
        for name, rounds in found.items()
    ]
    ratios = [mine.rate / other.rate for mine, other in zip(found["dups"], found["plain"], strict=True)]
    lost = sum(each.lost for each in found["dups"])
    targets = [
        (f"at least 0.8 × the plain loop: {spread(ratios, 2)} ×", statistics.median(ratios) >= 0.8),
        (f"each stored once: {lost} lost or too many, {twice} twice", lost == twice == 0),
        (f"none in somebody else's thread: {wrong}", wrong == 0),
    ]
    method = (
        "Of the POSTs 30 % repeat one of the last 2,000, 5 % carry a wrong signature (403, and the connection is"
        " closed), 5 % hold 10 to 100 messages; messages are told up to ten minutes late and in any order; a tenth of"
        " the people is known by user id only. Interleaved with the plain loop. Rates and CPU count different messages."
    )
    figures = {"lost": lost, "twice": twice, "wrong": wrong}
    return Report("ingest_dups", method, COLUMNS, rows, targets, figures)
