"""The hash chain: whatever is written in the log is sealed, once and in order; log and chain only grow."""

import json
import logging
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from clinic_inbox import logs
from clinic_inbox.local.roles import prepare_database
from clinic_inbox.tenancy import clinic_scope
from clinics import audit, audit_chain, audit_log
from clinics.models import AuditEntry, AuditLink, AuditRoot
from inbox.tasks import seal_audit
from tests.clinics.chains import NOW, found_in, record_at, seal_at
from tests.factories import make_clinic


def test_sealing_is_repeatable_and_goes_on_where_it_was_killed(sealed, monkeypatch):
    monkeypatch.setattr(audit_chain, "BATCH", 2)
    for number in range(3):
        record_at(sealed, NOW + timedelta(seconds=number))
    assert [seal_at(sealed, NOW) for _ in range(3)] == [2, 1, 0]

    with clinic_scope(sealed.pk):
        audit.record("sign_in", actor="killed before its commit")
        audit_chain.seal(sealed.pk)
        transaction.set_rollback(True)

    with clinic_scope(sealed.pk):
        assert list(AuditLink.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 9))
    assert found_in(sealed, NOW + timedelta(seconds=9)) == []


def test_the_task_goes_on_until_every_clinic_is_sealed(sealed, monkeypatch):
    monkeypatch.setattr(audit_chain, "BATCH", 2)
    another = make_clinic()
    for clinic, count in ((sealed, 3), (another, 5)):
        for _ in range(count):
            record_at(clinic, NOW)

    seal_audit()

    for clinic, count in ((sealed, 8), (another, 5)):
        with clinic_scope(clinic.pk):
            assert AuditLink.objects.count() == count


def test_an_entry_that_commits_after_younger_ones_were_sealed_is_sealed_too(sealed):
    def write_slowly():
        with clinic_scope(sealed.pk), time_machine.travel(NOW + timedelta(seconds=1), tick=False):
            audit.record("sign_in", actor="slow")
            seal_younger()
        connection.close()

    def seal_younger():
        younger = Thread(target=lambda: (record_at(sealed, NOW + timedelta(minutes=5)),
                                         seal_at(sealed, NOW + timedelta(minutes=5)), connection.close()))  # fmt: skip
        younger.start()
        younger.join()

    write_slowly()
    seal_at(sealed, NOW + timedelta(minutes=6))

    with clinic_scope(sealed.pk):
        order = AuditLink.objects.filter(seq__gt=5).order_by("seq").values_list("entry__actor", flat=True)
        assert list(order) == ["somebody", "slow"]
    assert found_in(sealed, NOW + timedelta(minutes=7)) == []


def test_only_one_seals_a_clinic_at_a_time(sealed):
    done = []
    record_at(sealed, NOW)
    with clinic_scope(sealed.pk):
        audit_chain.seal(sealed.pk)
        other = Thread(target=lambda: (done.append(seal_at(sealed, NOW)), connection.close()))
        other.start()
        other.join()

    assert done == [0]
    assert found_in(sealed) == []


def test_each_day_is_closed_once_and_told_to_the_log(sealed, caplog):
    caplog.set_level(logging.INFO, "clinics.audit_chain")
    for minutes in (0, 14, 15, 16, 60 * 25):
        seal_at(sealed, datetime(2026, 11, 26, tzinfo=UTC) + timedelta(minutes=minutes))

    with clinic_scope(sealed.pk):
        days = list(AuditRoot.objects.order_by("day").values_list("day", flat=True))
        link = bytes(AuditLink.objects.get(seq=5).digest).hex()
    assert [day.day for day in days] == [24, 25, 26]
    lines = [json.loads(logs.formatter().format(record)) for record in caplog.records]
    assert [(line["event"], line["day"], line["seq"], line["digest"]) for line in lines] == [
        ("audit_root", "2026-11-25", 5, link),
        ("audit_root", "2026-11-26", 5, link),
    ]
    assert all(len(line["seal"]) == 64 and line["clinic_id"] == str(sealed.pk) for line in lines)


def test_a_root_stays_proven_when_the_keys_are_changed(sealed, settings):
    old = settings.KEY_RING
    new = "new:bmV3LXRlc3Qta2V5LW5vdC1hLXNlY3JldC0wMDAwMDA="
    settings.KEY_RING = f"{new},{old}"
    call_command("rotate_keys")
    settings.KEY_RING = new

    assert found_in(sealed) == []


def test_a_root_without_its_key_is_not_believed(sealed, settings):
    settings.KEY_RING = "new:bmV3LXRlc3Qta2V5LW5vdC1hLXNlY3JldC0wMDAwMDA="

    assert found_in(sealed) == ["no key of KEY_RING proves the root of 2026-11-24"]


@pytest.mark.parametrize("table", ["clinics_auditentry", "clinics_auditlink", "clinics_auditroot"])
@pytest.mark.parametrize("command", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_log_and_its_chain_only_grow(clinic, table, command):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(command.format(table))


def test_making_the_roles_again_gives_no_right_back(superuser_connection, server_env):
    def rights():
        asked = superuser_connection.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE grantee = 'clinic_app' AND table_name LIKE 'clinics_audit%' ORDER BY 1, 2"
        )
        return asked.fetchall()

    before = rights()
    urls = (server_env[name] for name in ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "DATABASE_URL"))
    prepare_database(*urls)

    assert rights() == before
    assert {right for _table, right in before} == {"INSERT", "SELECT"}


def test_the_audit_page_says_how_far_it_is_sealed(admin, client):
    client.force_login(admin.user)
    assert audit_log.sealing() == (None, None)
    audit.record("sign_in", member=admin)
    audit_chain.seal(admin.clinic_id)

    sealed_until, closed_on = audit_log.sealing()

    assert sealed_until == AuditEntry.objects.latest("created_at").created_at
    assert timezone.now().date() - closed_on <= timedelta(days=2)
    assert "Sealed up to" in client.get("/settings/audit/").text
