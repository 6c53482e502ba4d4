"""The hash chain: what is written is sealed, and whatever a superuser does to it afterwards is found."""

import json
import logging
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from clinic_inbox import logs
from clinic_inbox.local.roles import prepare_database
from clinic_inbox.tenancy import clinic_scope
from clinics import audit, audit_chain, audit_check, audit_log
from clinics.models import AuditEntry, AuditLink, AuditRoot
from inbox.tasks import seal_audit
from tests.factories import make_clinic, make_member

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
OTHER = "00000000-0000-7000-8000-000000000001"
COLUMNS = [field.column for field in AuditEntry._meta.local_fields]
EDITS = {
    "id": f"'{OTHER}'",
    "clinic_id": f"'{OTHER}'",
    "member_id": f"'{OTHER}'",
    "actor": "overlay(actor placing 'x' from 1 for 1)",
    "action": "overlay(action placing 'x' from 1 for 1)",
    "target_kind": "target_kind || 'x'",
    "target_id": "overlay(target_id placing 'f' from 1 for 1)",
    "detail": "jsonb_set(detail, '{found}', '1.0')",  # it was 1: the same number for most programs
    "address": "address + 1",
    "created_at": "created_at + interval '1 microsecond'",
}


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


def test_what_nobody_touched_is_whole(sealed):
    assert found_in(sealed) == []


def test_every_column_has_an_edit_below():
    assert set(EDITS) == set(COLUMNS)


@pytest.mark.parametrize("column", COLUMNS)
def test_an_edit_of_any_column_is_found(sealed, forge, column):
    entry = entry_number(sealed, 2)

    forge(f"UPDATE clinics_auditentry SET {column} = {EDITS[column]} WHERE id = %s", [entry])

    problems = found_in(sealed)
    assert problems[0].startswith(f"link 3, entry {entry}, ")


@pytest.mark.parametrize("number", range(5))
def test_a_deleted_entry_is_found(sealed, forge, number):
    entry = entry_number(sealed, number)

    forge("DELETE FROM clinics_auditentry WHERE id = %s", [entry])

    assert found_in(sealed) == [f"link {number + 1}, entry {entry}, its entry is gone"]


def test_an_entry_deleted_with_its_link_is_found(sealed, forge):
    entry = entry_number(sealed, 2)

    forge("DELETE FROM clinics_auditlink WHERE entry_id = %s", [entry])
    forge("DELETE FROM clinics_auditentry WHERE id = %s", [entry])

    assert found_in(sealed) == ["link 4, the links 3 to 3 are gone"]


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE clinics_auditlink SET digest = set_byte(digest, 31, get_byte(digest, 31) # 1) WHERE seq = 3",
        "UPDATE clinics_auditlink SET seq = 30 WHERE seq = 3",
        f"UPDATE clinics_auditlink SET entry_id = '{OTHER}' WHERE seq = 3",
        f"UPDATE clinics_auditlink SET clinic_id = '{OTHER}' WHERE seq = 3",
        "UPDATE clinics_auditlink SET seq = 7 - seq WHERE seq IN (3, 4)",
    ],
)
def test_a_forged_link_is_found(sealed, forge, edit):
    forge("ALTER TABLE clinics_auditlink DROP CONSTRAINT one_audit_link_per_number")
    try:
        forge(edit)

        assert found_in(sealed) != []
    finally:
        forge("DELETE FROM clinics_auditlink")
        forge(
            "ALTER TABLE clinics_auditlink ADD CONSTRAINT one_audit_link_per_number UNIQUE (clinic_id, seq)"
        )


def test_an_entry_slipped_into_a_closed_day_is_found(sealed):
    seal_at(sealed, NOW + timedelta(days=1))
    slipped = record_at(sealed, NOW + timedelta(minutes=1))
    seal_at(sealed, NOW + timedelta(days=1, minutes=1))

    assert found_in(sealed, NOW + timedelta(days=1, minutes=2)) == [
        f"link 6, entry {slipped.pk}, the entry says it is of a day that had been closed"
    ]


def test_an_entry_slipped_in_before_others_of_the_same_day_is_found(sealed):
    slipped = record_at(sealed, NOW - timedelta(minutes=11))
    seal_at(sealed, NOW)

    assert found_in(sealed) == [
        f"link 6, entry {slipped.pk}, the entry says it is older than entries sealed before it"
    ]


def test_entries_that_are_not_sealed_yet_are_counted_and_after_ten_minutes_named(sealed):
    entry = record_at(sealed, NOW)

    assert found_in(sealed, NOW + timedelta(minutes=9)) == []
    late = "the entry has no link, though it says it is older than 10 minutes"
    assert found_in(sealed, NOW + timedelta(minutes=10)) == [f"entry {entry.pk}, {late}"]


def test_an_end_cut_off_behind_a_root_is_found(sealed, forge):
    seal_at(sealed, NOW + timedelta(days=1))

    forge("DELETE FROM clinics_auditlink WHERE seq > 3")
    forge("DELETE FROM clinics_auditentry WHERE (detail->>'number')::int > 2")

    assert found_in(sealed) == [
        "the chain ends before the root of 2026-11-24, which covers link 5",
        "the chain ends before the root of 2026-11-25, which covers link 5",
    ]


def test_an_end_cut_off_since_the_root_is_found_with_the_log(sealed, forge):
    with clinic_scope(sealed.pk):
        told = {link.seq: bytes(link.digest).hex() for link in AuditLink.objects.filter(seq=5)}
    forge("DELETE FROM clinics_auditroot")
    forge("DELETE FROM clinics_auditlink WHERE seq > 3")
    forge("DELETE FROM clinics_auditentry WHERE (detail->>'number')::int > 2")
    forge("UPDATE clinics_auditentry SET created_at = created_at - interval '1 day'")

    assert "the chain ends before link 5, which the log was told of" in found_in(sealed, told=told)


def test_a_chain_made_anew_does_not_fit_its_roots_nor_the_log(sealed, forge):
    with clinic_scope(sealed.pk):
        told = {5: bytes(AuditLink.objects.get(seq=5).digest).hex()}
    forge("UPDATE clinics_auditentry SET actor = 'nobody'")
    forge("DELETE FROM clinics_auditlink")
    seal_at(sealed, NOW)

    entry = entry_number(sealed, 4)
    assert found_in(sealed, told=told) == [
        f"link 5, entry {entry}, the log was told another digest",
        f"link 5, entry {entry}, it does not fit the root of 2026-11-24",
    ]


@pytest.mark.parametrize(
    "edit",
    ["day = day + 1", "seq = 4", "digest = sha256(digest)", "seal = sha256(seal)", "key_id = 'another'"],
)
def test_a_forged_root_is_found(sealed, forge, edit):
    forge(f"UPDATE clinics_auditroot SET {edit}")

    assert found_in(sealed) != []


def test_roots_taken_away_are_missed(sealed, forge):
    forge("DELETE FROM clinics_auditroot")

    assert found_in(sealed) == ["2026-11-24 has no root, though there are younger entries"]


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


def test_the_command_says_where_and_fails(sealed, forge, capsys, tmp_path):
    entry = entry_number(sealed, 2)
    log = tmp_path / "errands.log"
    log.write_text('nonsense audit_root {\n{"event": "purged"}\n')
    call_command("verify_audit", "--clinic", "harbour", "--as-of", NOW.isoformat(), "--log", str(log))
    assert "harbour: 5 entries, 1 roots, 0 not yet sealed, 0 problems; link 5 is " in capsys.readouterr().out

    forge("UPDATE clinics_auditentry SET address = '203.0.113.8' WHERE id = %s", [entry])

    with pytest.raises(CommandError, match="not whole: 1 problems"):
        call_command("verify_audit", "--as-of", NOW.isoformat())
    assert (
        capsys.readouterr().err == f"harbour: link 3, entry {entry}, the entry or a link here was changed\n"
    )


def test_the_command_compares_with_the_log(sealed, tmp_path):
    log = tmp_path / "errands.log"
    line = {"event": "audit_sealed", "clinic_id": str(sealed.pk), "seq": 6, "digest": "0" * 64}
    log.write_text(json.dumps(line))

    with pytest.raises(CommandError):
        call_command("verify_audit", "--as-of", NOW.isoformat(), "--log", str(log))


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
