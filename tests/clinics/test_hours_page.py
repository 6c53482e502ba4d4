import re
from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import AuditEntry, BusinessHours, Member, Role, SpecialDay
from clinics.operations import opening
from clinics.operations.members import change_availability
from clinics.queries import hours_of
from clinics.refusal import Refused
from tests.factories import make_member
from tests.inbox.screens import HTMX, signed_in

NIGHT = {"d0-from_0": "22:00", "d0-to_0": "00:00"}
SPLIT = {"d0-from_0": "08:00", "d0-to_0": "12:00", "d0-from_1": "14:00", "d0-to_1": "18:00"}


@pytest.fixture
def admin(clinic):
    return make_member("Ana Admin", Role.ADMIN)


def test_the_week_is_kept_with_several_spans_a_day(admin):
    page = signed_in(admin).post("/settings/hours/", SPLIT, headers=HTMX)

    assert "Saved" in page.content.decode()
    week = BusinessHours.objects.get().week
    assert week == [[[480, 720], [840, 1080]], [], [], [], [], [], []]
    assert AuditEntry.objects.filter(action="hours.changed", member=admin).count() == 1


def test_midnight_ends_a_day(admin):
    signed_in(admin).post("/settings/hours/", NIGHT)

    assert BusinessHours.objects.get().week[0] == [[1320, 1440]]


@pytest.mark.parametrize(
    ("week", "wrong"),
    [
        ({"d0-from_0": "12:00", "d0-to_0": "08:00"}, "d0-from_0"),
        ({"d0-from_0": "08:00", "d0-to_0": "12:00", "d0-from_1": "11:00", "d0-to_1": "13:00"}, "d0-from_1"),
        ({"d0-from_0": "08:00"}, "d0-to_0"),
    ],
)
def test_a_week_that_makes_no_sense_is_kept_on_the_page_and_not_saved(admin, week, wrong):
    page = signed_in(admin).post("/settings/hours/", week, headers=HTMX).content.decode()

    (field,) = re.findall(r'<input[^>]*aria-invalid="true"[^>]*>', page)
    assert f'name="{wrong}"' in field
    told = re.search(r"describedby=\"([^\"]*)", field)[1]
    assert f'id="{told}"' in page
    assert page.count("is-wrong") == 1
    assert 'value="08:00"' in page
    assert not BusinessHours.objects.exists()


def test_monday_is_copied_to_the_working_days_before_it_is_saved(admin):
    page = signed_in(admin).post("/settings/hours/", SPLIT | {"copy": "1"}, headers=HTMX).content.decode()

    assert page.count('value="14:00"') == 5
    assert not BusinessHours.objects.exists()


def test_a_holiday_is_closed_and_can_be_taken_back(admin):
    day = timezone.localdate() + timedelta(days=3)
    browser = signed_in(admin)
    browser.post("/settings/hours/days/", {"day": day.isoformat(), "name": "Feast"})

    special = SpecialDay.objects.get()
    assert hours_of(admin.clinic).spans_of(day) == ()

    browser.post(f"/settings/hours/days/{special.pk}/delete/")

    assert hours_of(admin.clinic).spans_of(day) == ((0, 1440),)
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"hours.day_set", "hours.day_forgotten"} <= actions


def test_the_same_day_set_again_has_its_new_hours(admin):
    day = timezone.localdate() + timedelta(days=3)

    opening.set_day(day, "Feast", [], by=admin)
    opening.set_day(day, "Half a feast", [(480, 720)], by=admin)

    assert [(each.name, each.spans) for each in SpecialDay.objects.all()] == [("Half a feast", [[480, 720]])]


def test_the_switch_in_the_menu_turns_away_on_and_off(clinic):
    member = make_member()
    browser = signed_in(member)

    seen = []
    for _turn in range(2):
        browser.post("/settings/availability/", {"switch": "1"})
        seen.append(Member.objects.get(pk=member.pk).is_away)

    assert seen == [True, False]


def test_members_tell_their_languages_and_admins_the_limit(admin):
    member = make_member()
    signed_in(member).post("/settings/availability/", {"speaks": ["es", "ar"]})
    signed_in(admin).post(f"/settings/members/{member.pk}/work/", {"speaks": ["es", "ar"], "most_open": "4"})

    member.refresh_from_db()
    assert (member.speaks, member.is_away, member.most_open) == (["es", "ar"], False, 4)


def test_an_agent_changes_nobody_elses_availability_nor_their_own_limit(clinic):
    agent, other = make_member(), make_member("Bo Example")

    with pytest.raises(Refused):
        change_availability(other, by=agent, is_away=True)
    with pytest.raises(Refused):
        change_availability(agent, by=agent, most_open=500)
