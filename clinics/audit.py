"""Who did or saw what. Rows are only ever added; the database refuses anything else."""

import hashlib
from contextvars import ContextVar
from datetime import timedelta
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope, current_clinic_id

from . import queries
from .models import AuditEntry, Member, User

# Set by the middleware for one request, so that every entry of it tells where it came from.
address_of_request: ContextVar[str | None] = ContextVar("address_of_request", default=None)

ONE_READING = timedelta(minutes=15)


def record(action, *, member=None, actor="", target=None, address=None, detail=None) -> AuditEntry:
    """Add one entry to the active clinic's log. Call inside clinic_scope().

    `actor` names who acted when it was no member (a token, the command line); `target` is the row it happened to.
    `detail` holds plain values: never patient text, never a secret.
    """
    return AuditEntry.objects.create(
        action=action,
        member=member,
        actor=(actor or _name(member))[:120],
        target_kind=target._meta.model_name if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        address=address or address_of_request.get(),
        detail=detail or {},
    )


def record_reading(action, *, member=None, actor="", target=None) -> None:
    """Add an entry, unless the same reader did the same moments ago: a page left open asks again with every hint."""
    since = timezone.now() - ONE_READING
    target_id = str(target.pk) if target is not None else ""
    earlier = AuditEntry.objects.filter(action=action, target_id=target_id, created_at__gt=since)
    if not earlier.filter(member=member, actor=(actor or _name(member))[:120]).exists():
        record(action, member=member, actor=actor, target=target)


def record_listing(action, *, member=None, actor="") -> None:
    """Add an entry, unless the same reader listed the same moments ago.

    Lists are asked for again with every hint, so the cache remembers it; while that is away there are more entries.
    """
    reader = f"{current_clinic_id()} {action} {member.pk if member else actor}"
    key = "listed-" + hashlib.sha256(reader.encode()).hexdigest()
    if cache.get(key) is None:
        record(action, member=member, actor=actor)
        transaction.on_commit(partial(cache.set, key, 1, ONE_READING.total_seconds()))


def record_everywhere(user: User, action: str, *, detail=None) -> None:
    """Add an entry about a person to the log of every clinic they work in. Call outside clinic_scope()."""
    for member in queries.memberships_of(user):
        with clinic_scope(member.clinic_id):
            record(action, member=member, target=member, detail=detail)


def _name(member: Member | None) -> str:
    return member.name if member else "command line"
