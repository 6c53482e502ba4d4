"""Reading a clinic's audit chain from its first link to its last, and saying what does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from django.db import connection

from .audit_chain import (
    CANONICAL,
    CLOSING,
    LATEST_COMMIT,
    PATIENTLY,
    Head,
    beginning,
    digest_of,
    end_of,
    signature,
)
from .models import AuditRoot, Clinic

PAGE = 2000  # links in memory at a time
LINKS = f"""
SELECT l.seq, l.entry_id, l.digest, CASE WHEN e.id IS NOT NULL THEN {CANONICAL} END,
    least(extract(epoch FROM e.created_at), 1e11)::float8
FROM (SELECT * FROM clinics_auditlink WHERE clinic_id = %(clinic)s AND seq > %(after)s
      ORDER BY seq LIMIT %(limit)s) l
LEFT JOIN clinics_auditentry e ON e.clinic_id = l.clinic_id AND e.id = l.entry_id ORDER BY l.seq
"""  # noqa: S608  constants of these modules only
UNSEALED = """
SELECT e.id, e.created_at <= %(late)s, count(*) OVER () FROM clinics_auditentry e
WHERE e.clinic_id = %(clinic)s
    AND NOT EXISTS (SELECT 1 FROM clinics_auditlink l WHERE l.clinic_id = e.clinic_id AND l.entry_id = e.id)
ORDER BY e.created_at, e.id LIMIT %(limit)s
"""
MOST_NAMED = 100  # entries without a link


@dataclass(frozen=True)
class Problem:
    """One thing that does not fit, and where: the link's number and the entry's id, when there are."""

    what: str
    seq: int | None = None
    entry: UUID | None = None

    def __str__(self):
        places = [f"link {self.seq}"] if self.seq is not None else []
        places += [f"entry {self.entry}"] if self.entry else []
        return ", ".join([*places, self.what])


@dataclass
class Report:
    """What was read of one clinic's log."""

    head: Head
    entries: int = 0
    roots: int = 0
    unsealed: int = 0
    newest: float = float("-inf")  # the time of the youngest entry that has a link, seconds since 1970
    problems: list[Problem] = field(default_factory=list)

    def complain(self, what: str, seq: int | None = None, entry: UUID | None = None) -> None:
        self.problems.append(Problem(what, seq, entry))


def check(clinic: Clinic, *, as_of: datetime, told: dict[int, str] | None = None) -> Report:
    """Read everything anew, in bounded memory. Call inside clinic_scope().

    `as_of` is the time of the copy looked at (now, unless it was restored). `told` are digests by number that are
    known from elsewhere, the log: the chain must hold them.
    """
    _ask(PATIENTLY)
    report = Report(beginning(clinic.pk))
    roots = list(AuditRoot.objects.order_by("seq", "day", "pk"))
    report.roots = len(roots)
    _check_links(clinic, report, roots, dict(told or {}))
    _check_signatures(clinic, report, roots)
    _check_unsealed(clinic, report, as_of)
    _check_last_day(report, roots, as_of)
    return report


def _check_links(clinic: Clinic, report: Report, roots: list[AuditRoot], told: dict[int, str]) -> None:
    waiting, closed_until = list(reversed(roots)), float("-inf")
    for seq, entry, digest, canonical, created_at in _links(clinic.pk):
        if seq != report.head.seq + 1:
            report.complain(f"the links {report.head.seq + 1} to {seq - 1} are gone", seq)
        elif canonical is None:
            report.complain("its entry is gone", seq, entry)
        elif digest_of(report.head.digest, seq, canonical) != digest:
            report.complain("the entry or a link here was changed", seq, entry)
        else:
            _check_time(report, created_at, closed_until, seq, entry)
        if told.pop(seq, digest.hex()) != digest.hex():
            report.complain("the log was told another digest", seq, entry)
        report.head, report.entries = Head(seq, digest), report.entries + 1
        while waiting and waiting[-1].seq <= seq:
            root = waiting.pop()
            closed_until = end_of(root.day).timestamp()
            if root.seq != seq or bytes(root.digest) != digest:
                report.complain(f"it does not fit the root of {root.day}", seq, entry)
    for root in reversed(waiting):
        report.complain(f"the chain ends before the root of {root.day}, which covers link {root.seq}")
    if told:
        report.complain(f"the chain ends before link {max(told)}, which the log was told of")


def _check_time(report: Report, created_at: float, closed_until: float, seq: int, entry: UUID) -> None:
    """An entry of the past that was sealed only after its day was closed, or long after younger ones."""
    if created_at < closed_until:
        report.complain("the entry says it is of a day that had been closed", seq, entry)
    elif created_at < report.newest - LATEST_COMMIT.total_seconds():
        report.complain("the entry says it is older than entries sealed before it", seq, entry)
        report.newest = created_at  # one entry from the future is one problem
    report.newest = max(report.newest, created_at)


def _check_signatures(clinic: Clinic, report: Report, roots: list[AuditRoot]) -> None:
    """Every signature whose key is still there must hold; the newest root must have one."""
    proven: set[date] = set()
    for root in roots:
        try:
            head = Head(root.seq, bytes(root.digest))
            holds = compare_digest(signature(clinic.pk, root.day, head, root.key_id), bytes(root.seal))
        except KeyError:
            continue
        if holds:
            proven.add(root.day)
        else:
            report.complain(f"the root of {root.day} is forged", root.seq)
    newest = max((root.day for root in roots), default=None)
    if newest and newest not in proven:
        report.complain(f"no key of KEY_RING proves the root of {newest}")


def _check_unsealed(clinic: Clinic, report: Report, as_of: datetime) -> None:
    """Entries are linked within seconds: one without a link for long was slipped in, or nothing seals any more."""
    values = {"clinic": clinic.pk, "late": as_of - LATEST_COMMIT}
    for entry, is_late, report.unsealed in _ask(UNSEALED, **values, limit=MOST_NAMED):
        if is_late:
            report.complain("the entry has no link, though it says it is older than 10 minutes", entry=entry)


def _check_last_day(report: Report, roots: list[AuditRoot], as_of: datetime) -> None:
    """The day before the newest entry's has a root: else the newest roots were taken away."""
    if report.newest == float("-inf"):
        return
    newest_day = datetime.fromtimestamp(report.newest, UTC).date()
    before = newest_day - timedelta(days=1)
    due_at = end_of(before) + CLOSING + LATEST_COMMIT
    closed = max((root.day for root in roots), default=date.min)
    if closed < before and as_of > due_at:
        report.complain(f"{before} has no root, though there are younger entries")


def _links(clinic_id: UUID) -> Iterator[tuple[int, UUID, bytes, str | None, float | None]]:
    after = 0
    while page := _ask(LINKS, clinic=clinic_id, after=after, limit=PAGE):
        for seq, entry, digest, canonical, created_at in page:
            yield seq, entry, bytes(digest), canonical, created_at
        after = page[-1][0]


def _ask(sql: str, **values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
