"""The hash chain read anew: whatever a superuser did to the log is found, and it is said where."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry, AuditLink
from tests.clinics.chains import NOW, entry_number, found_in, record_at, seal_at

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
