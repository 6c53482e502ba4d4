"""Who did or saw what. Rows are only ever added; the database refuses anything else."""

from contextvars import ContextVar

from clinic_inbox.tenancy import clinic_scope

from . import queries
from .models import AuditEntry, Member, User

# Set by the middleware for one request, so that every entry of it tells where it came from.
address_of_request: ContextVar[str | None] = ContextVar("address_of_request", default=None)


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


def record_everywhere(user: User, action: str, *, detail=None) -> None:
    """Add an entry about a person to the log of every clinic they work in. Call outside clinic_scope()."""
    for member in queries.memberships_of(user):
        with clinic_scope(member.clinic_id):
            record(action, member=member, target=member, detail=detail)


def _name(member: Member | None) -> str:
    return member.name if member else "command line"
