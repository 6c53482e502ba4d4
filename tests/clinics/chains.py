"""A clinic whose audit log was sealed, and a superuser who changes it afterwards."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from clinic_inbox.tenancy import clinic_scope
from clinics import audit, audit_chain, audit_check
from clinics.models import AuditEntry
from tests.factories import make_clinic, make_member

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.fixture
def sealed(transactional_db):
    """A clinic whose five entries were sealed, with the day before closed."""
    clinic = make_clinic(slug="harbour")
    with clinic_scope(clinic.pk):
        member = make_member("Ada Agent")
        for number in range(5):
            detail = {"found": 1, "number": number, "who": "Zoë"}
            with time_machine.travel(NOW - timedelta(seconds=5 - number), tick=False):
                audit.record(
                    "conversation.opened", member=member, target=member, address="203.0.113.9", detail=detail
                )
    seal_at(clinic, NOW)
    return clinic


@pytest.fixture
def forge(superuser_connection):
    """Run SQL as a superuser whom neither triggers nor foreign keys stop."""
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection.execute


def found_in(clinic, as_of=NOW, told=None) -> list[str]:
    with clinic_scope(clinic.pk):
        return [str(problem) for problem in audit_check.check(clinic, as_of=as_of, told=told).problems]


def entry_number(clinic, number: int) -> UUID:
    with clinic_scope(clinic.pk):
        return AuditEntry.objects.get(detail__number=number).pk


def seal_at(clinic, moment) -> int:
    with clinic_scope(clinic.pk), time_machine.travel(moment, tick=False):
        return audit_chain.seal(clinic.pk)


def record_at(clinic, moment, action="sign_in") -> AuditEntry:
    with clinic_scope(clinic.pk), time_machine.travel(moment, tick=False):
        return audit.record(action, actor="somebody")
