"""The hash chain over each clinic's audit log: who changes, deletes or slips in an entry afterwards is found.

Entries are written as before, without waiting for each other. Seconds later each gets a link: a number, and
SHA-256(the link before | number | every column of the entry). Once a day (UTC) the end of the chain is signed with a
key that the database does not hold. Heads and roots are logged as well, so that they exist off the database.
"""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from hmac import compare_digest
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from clinic_inbox import vault

from .models import AuditLink, AuditRoot

logger = logging.getLogger(__name__)

BATCH = 2000  # links per transaction
# An entry becomes visible when its transaction commits, so one may come after younger ones have been sealed.
LATEST_COMMIT = timedelta(minutes=10)
LOOK_BACK = timedelta(hours=1)
CLOSING = timedelta(minutes=15)  # after midnight, once everything of the day has committed
SIGNED_FOR = "clinic-inbox audit root"

PATIENTLY = (
    "SELECT set_config('statement_timeout', '0', true)"  # a look through the whole log may take a while
)
# Every column as Postgres writes it: text of jsonb, inet and numeric is the same after a dump, in any time zone.
CANONICAL = """
jsonb_build_array(e.id, e.clinic_id, e.member_id, e.actor, e.action, e.target_kind, e.target_id, e.detail,
    e.address::text, extract(epoch FROM e.created_at)::text)::text
"""
# Whatever somebody has done to the rows, sealing goes on from what is there; the check tells.
HEAD = """
SELECT l.seq, l.digest, e.created_at, (SELECT max(day) FROM clinics_auditroot WHERE clinic_id = %(clinic)s)
FROM (VALUES (1)) one LEFT JOIN
    (SELECT * FROM clinics_auditlink WHERE clinic_id = %(clinic)s ORDER BY seq DESC LIMIT 1) l ON true
    LEFT JOIN clinics_auditentry e ON e.clinic_id = l.clinic_id AND e.id = l.entry_id
"""
UNSEALED = f"""
SELECT e.id, {CANONICAL} FROM clinics_auditentry e
WHERE e.clinic_id = %(clinic)s AND (%(since)s::timestamptz IS NULL OR e.created_at > %(since)s)
    AND NOT EXISTS (SELECT 1 FROM clinics_auditlink l WHERE l.clinic_id = e.clinic_id AND l.entry_id = e.id)
ORDER BY e.created_at, e.id LIMIT %(limit)s
"""  # noqa: S608  constants of this module only


@dataclass(frozen=True)
class Head:
    """The end of a chain, as stored: the last link, its entry's time, and the last day that was closed."""

    seq: int
    digest: bytes
    sealed_until: datetime | None = None
    closed_day: date | None = None


def seal(clinic_id: UUID) -> int:
    """Link up to BATCH entries that have no link yet, then close the day before if it is time. Returns how many.

    Call inside clinic_scope(). One at a time per clinic: while another works, it returns 0. Anything may be killed
    at any moment, what is left to do is read from the rows.
    """
    if not _is_alone(clinic_id):
        return 0
    head = _head(clinic_id)
    entries = _unsealed(clinic_id, head.sealed_until - LOOK_BACK if head.sealed_until else None)
    last = _link(head, clinic_id, entries)
    day = _day_to_close(head, last.seq)
    if day is None or len(entries) == BATCH:
        return len(entries)
    _ask(PATIENTLY)
    stragglers = _unsealed(clinic_id, None)
    last = _link(last, clinic_id, stragglers)
    if len(stragglers) < BATCH:
        _close(clinic_id, day, last)
    return max(len(entries), len(stragglers))


def beginning(clinic_id: UUID) -> Head:
    """What the first link is chained to."""
    return Head(0, hashlib.sha256(b"clinic-inbox audit chain 1" + clinic_id.bytes).digest())


def digest_of(before: bytes, seq: int, canonical: str) -> bytes:
    """The digest of a link: 32 bytes over the one before, the number and the entry."""
    return hashlib.sha256(before + seq.to_bytes(8, "big") + canonical.encode()).digest()


def signature(clinic_id: UUID, day: date, head: Head, key_id: str) -> bytes:
    """What a root is signed with. Raises KeyError when KEY_RING does not hold that key."""
    value = clinic_id.bytes + day.isoformat().encode() + head.seq.to_bytes(8, "big") + head.digest
    return vault.sign(value, SIGNED_FOR, key_id)


def sign_anew(clinic_id: UUID) -> int:
    """Sign the newest root with the active key as well, so that older keys may go. Returns how many it signed.

    A root whose own signature does not hold is left alone. Raises KeyError when its key is gone already.
    """
    root = AuditRoot.objects.order_by("-day", "-pk").first()
    if root is None or AuditRoot.objects.filter(day=root.day, key_id=vault.active_key_id()).exists():
        return 0
    head = Head(root.seq, bytes(root.digest))
    if not compare_digest(signature(clinic_id, root.day, head, root.key_id), bytes(root.seal)):
        return 0
    _sign(clinic_id, root.day, head)
    return 1


def _is_alone(clinic_id: UUID) -> bool:
    key = int.from_bytes(hashlib.sha256(b"audit chain" + clinic_id.bytes).digest()[:8], "big", signed=True)
    return _ask("SELECT pg_try_advisory_xact_lock(%(key)s)", key=key) == [(True,)]


def _unsealed(clinic_id: UUID, since: datetime | None) -> list[tuple[UUID, str]]:
    """The oldest entries without a link: since then, or (a look through the whole log) of all time."""
    return _ask(UNSEALED, clinic=clinic_id, since=since, limit=BATCH)


def _head(clinic_id: UUID) -> Head:
    [(seq, digest, sealed_until, closed_day)] = _ask(HEAD, clinic=clinic_id)
    if seq is None:
        return replace(beginning(clinic_id), closed_day=closed_day)
    return Head(seq, bytes(digest), sealed_until, closed_day)


def _day_to_close(head: Head, seq: int) -> date | None:
    """Yesterday, when it is over for good, nobody has closed it, and there is something to close."""
    day = (timezone.now().astimezone(UTC) - CLOSING).date() - timedelta(days=1)
    is_open = head.closed_day is None or head.closed_day < day
    return day if seq and is_open else None


def end_of(day: date) -> datetime:
    """The first moment after that day, UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)


def _link(head: Head, clinic_id: UUID, entries: list[tuple[UUID, str]]) -> Head:
    """Add a link for each entry; returns the new end of the chain."""
    links, seq, digest = [], head.seq, head.digest
    for entry_id, canonical in entries:
        seq, digest = seq + 1, digest_of(digest, seq + 1, canonical)
        links.append(AuditLink(seq=seq, entry_id=entry_id, digest=digest))
    if links:
        AuditLink.objects.bulk_create(links)
        facts = {"clinic_id": str(clinic_id), "seq": seq, "digest": digest.hex()}
        transaction.on_commit(partial(logger.info, "audit_sealed", extra=facts))
    return Head(seq, digest)


def _close(clinic_id: UUID, day: date, head: Head) -> None:
    root = _sign(clinic_id, day, head)
    facts = {
        "clinic_id": str(clinic_id),
        "day": day.isoformat(),
        "seq": head.seq,
        "digest": head.digest.hex(),
    }
    facts |= {"key_id": root.key_id, "seal": root.seal.hex()}
    transaction.on_commit(partial(logger.info, "audit_root", extra=facts))


def _sign(clinic_id: UUID, day: date, head: Head) -> AuditRoot:
    key_id = vault.active_key_id()
    seal = signature(clinic_id, day, head, key_id)
    return AuditRoot.objects.create(day=day, seq=head.seq, digest=head.digest, key_id=key_id, seal=seal)


def _ask(sql: str, **values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
