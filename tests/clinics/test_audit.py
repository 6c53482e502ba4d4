import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics import audit, audit_log
from clinics.models import AuditEntry, Role
from clinics.operations.members import change_role
from tests.factories import make_clinic, make_member


def titles(response) -> list[str]:
    return [entry.action for entry in response.context["entries"]]


def test_a_changed_setting_tells_who_what_and_from_where(admin, client):
    client.force_login(admin.user)

    client.post("/settings/teams/create/", {"name": "Front desk"}, REMOTE_ADDR="203.0.113.9")

    entry = AuditEntry.objects.get(action="team.created")
    assert (entry.member, entry.actor, entry.target_kind) == (admin, "Olga Owner", "team")
    assert (entry.detail, entry.address) == ({"name": "Front desk"}, "203.0.113.9")


def test_an_entry_keeps_the_name_of_then(member, admin):
    audit.record("conversation.opened", member=member)
    member.name = "Ada Married"
    member.save()

    assert AuditEntry.objects.get().actor == "Ada Agent"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("field", ["since", "until"])
def test_a_day_outside_all_calendars_is_no_filter(admin, client, day, field):
    client.force_login(admin.user)

    assert client.get("/settings/audit/", {field: day}).status_code == 200


def test_a_changed_role_tells_before_and_after(member, admin):
    change_role(member, Role.ADMIN, by=admin)

    assert AuditEntry.objects.get().detail == {"name": "Ada Agent", "before": "agent", "after": "admin"}


def test_the_log_is_filtered_by_person_action_and_day(admin, member, client):
    client.force_login(admin.user)
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        audit.record("sign_in", member=member)
    audit.record("sign_in", member=member)
    audit.record("team.created", member=member)
    audit.record("sign_in", member=admin)

    day = timezone.now().date().isoformat()
    response = client.get(
        "/settings/audit/", {"member": member.pk, "action": "sign_in", "since": day, "until": day}
    )

    assert titles(response) == ["sign_in"]


def test_pages_follow_each_other_without_gap_or_repetition(admin, client, monkeypatch):
    monkeypatch.setattr(audit_log, "PAGE", 3)
    moment = timezone.now()
    for number in range(8):
        entry = audit.record("sign_in", member=admin, detail={"number": number})
        assert entry.created_at >= moment
    client.force_login(admin.user)
    seen, query = [], ""

    while True:
        response = client.get(f"/settings/audit/?{query}")
        seen += [entry.detail["number"] for entry in response.context["entries"]]
        if not (query := response.context["older"]):
            break

    assert seen == [7, 6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "cursor", ["nonsense", "2026-01-01~x", "~", "2026-13-01T00:00~00000000-0000-0000-0000-000000000000"]
)
def test_a_mistyped_page_address_shows_the_first_page(admin, client, cursor):
    audit.record("sign_in", member=admin)
    client.force_login(admin.user)

    assert titles(client.get("/settings/audit/", {"before": cursor})) == ["sign_in"]


def test_another_clinics_log_is_not_seen(db, client):
    ours, theirs = make_clinic(), make_clinic()
    with clinic_scope(theirs.pk):
        stranger = make_member("Stranger")
        audit.record("sign_in", member=stranger)
    with clinic_scope(ours.pk):
        client.force_login(make_member("Olga Owner", Role.OWNER).user)

    response = client.get("/settings/audit/")

    assert titles(response) == []
    assert "Stranger" not in response.text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_name_becomes_a_formula_in_the_export(admin, client, start):
    audit.record("sign_in", actor=f"{start}HYPERLINK(1)")
    client.force_login(admin.user)

    response = client.post("/settings/audit/export/")

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert rows[1][1] == f"'{start}HYPERLINK(1)"
    assert response.headers["Content-Disposition"].endswith('.csv"')


def test_no_cell_of_an_export_becomes_a_formula_whatever_is_in_the_log(admin, client):
    """Parsed as a spreadsheet does: quotes, separators and lines of a value stay in its cell."""
    tricks = ['"=1+1', '",=1+1', "a\n=1+1", "a\r\n=1+1", ";=1+1", "a,=1+1", "=cmd|' /C calc'!A0", "+90 532"]
    for trick in tricks:
        audit.record("sign_in", actor=trick, detail={trick: [trick, {"x": trick}]})
    client.force_login(admin.user)

    response = client.post("/settings/audit/export/")

    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert {len(row) for row in rows} == {7}
    assert len(rows) == len(tricks) + 1
    assert [cell for row in rows for cell in row if cell.startswith(audit_log.FORMULA_STARTS)] == []


def test_the_export_is_filtered_and_itself_in_the_log(admin, member, client):
    audit.record("sign_in", member=member)
    audit.record("sign_out", member=member)
    client.force_login(admin.user)

    response = client.post("/settings/audit/export/", {"action": "sign_out"})

    assert response.content.decode().count("\r\n") == 2
    assert AuditEntry.objects.get(action="audit.exported").detail == {"rows": 1}
