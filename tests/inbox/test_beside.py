"""What the settings refuse is said beside the field it was typed in, and what was typed stays there."""

import re
from html import unescape

import pytest

from clinics.models import Role
from clinics.operations.teams import create_team
from contacts.operations import define_field
from inbox.operations import rules
from inbox.operations.tags import create_tag
from tests.factories import make_member
from tests.inbox.screens import HTMX, signed_in


@pytest.fixture
def admin(clinic):
    return make_member("Ana Admin", Role.ADMIN)


def taken(admin) -> dict:
    """One of everything that has a name of its own, and by kind the id of another one."""
    create_team("Front desk"), create_tag("Invoice", by=admin), rules.add_reason("Visit booked", by=admin)
    define_field("Insurance", "text", by=admin)
    rows = {
        "team": create_team("Surgery"),
        "tag": create_tag("Urgent", by=admin),
        "member": make_member("Ida"),
    }
    return rows | {"field": define_field("Doctor", "text", by=admin)}


def wrong_field(page: str) -> tuple[str, str]:
    """(value, sentence) of the one field that the page says is wrong."""
    (field,) = re.findall(r"<input[^>]*aria-invalid=\"true\"[^>]*>", page)
    told = dict(re.findall(r'([\w-]+)="([^"]*)"', field))
    beside = told["aria-describedby"].split()[-1]
    sentence = re.search(rf'id="{beside}"[^>]*>(.*?)</(?:p|ul)>', page, re.DOTALL)[1]
    return unescape(told["value"]), unescape(re.sub(r"<[^>]*>", "", sentence)).strip()


@pytest.mark.parametrize(
    ("path", "posted", "typed", "sentence"),
    [
        ("teams/create/", {}, "FRONT desk", "There is a team called FRONT desk already."),
        ("teams/{team}/", {}, "Front desk", "There is a team called Front desk already."),
        ("tags/create/", {}, "Invoice", "There is a tag called Invoice already."),
        ("tags/{tag}/", {}, "Invoice", "There is a tag called Invoice already."),
        ("answering/reasons/", {}, "Visit booked", "There is a reason called Visit booked already."),
        (
            "patient-fields/create/",
            {"kind": "text"},
            "Insurance",
            "There is a field called Insurance already.",
        ),
        ("patient-fields/{field}/", {}, "Insurance", "There is a field called Insurance already."),
    ],
)
def test_a_name_that_is_taken_is_said_beside_the_name(admin, path, posted, typed, sentence):
    rows = taken(admin)

    page = signed_in(admin).post(
        "/settings/" + path.format(**{kind: row.pk for kind, row in rows.items()}),
        posted | {"name": typed},
        headers=HTMX,
    )

    assert wrong_field(page.text) == (typed, sentence)
    assert "notice-red" not in page.text


@pytest.mark.parametrize("path", ["answering/targets/{team}/", "members/{member}/work/"])
def test_a_number_that_is_too_large_is_said_beside_it(admin, path):
    rows = taken(admin)
    posted = {"first_reply_minutes": "999999", "next_reply_minutes": "20", "most_open": "999999"}

    page = signed_in(admin).post("/settings/" + path.format(**{k: row.pk for k, row in rows.items()}), posted)

    value, sentence = wrong_field(page.text)
    assert (value, sentence.startswith("Ensure this value is less than or equal to")) == ("999999", True)


def test_an_invitation_that_is_refused_keeps_the_address_and_the_role(admin):
    told = {"email": admin.user.email, "role": "admin", "visibility": "own"}

    page = signed_in(admin).post("/settings/members/invite/", told).text

    assert wrong_field(page) == (admin.user.email, f"{admin.user.email} works here already.")
    assert re.findall(r'<option value="(\w+)" selected', page[: page.index("Working here")]) == [
        "admin",
        "own",
    ]


def test_a_patient_who_is_not_found_is_said_beside_the_number(admin):
    page = signed_in(admin).post("/settings/erasures/", {"address": "+44 20 7946 0999"}).text

    assert wrong_field(page) == ("+44 20 7946 0999", "Nobody whom you may erase writes from there.")


def test_a_team_whose_name_is_taken_keeps_who_was_ticked(admin):
    rows = taken(admin)

    page = signed_in(admin).post(
        f"/settings/teams/{rows['team'].pk}/", {"name": "Front desk", "members": [rows["member"].pk]}
    )

    assert re.findall(r'value="([\w-]+)" checked', page.text) == [str(rows["member"].pk)]
