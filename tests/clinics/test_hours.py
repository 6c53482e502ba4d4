from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from clinics.hours import Hours, always, sentence

BERLIN = ZoneInfo("Europe/Berlin")
MORNING, AFTERNOON = (8 * 60, 12 * 60), (14 * 60, 18 * 60)
WEEK = ((MORNING, AFTERNOON),) * 5 + ((), ())
HOURS = Hours(BERLIN, WEEK, {date(2026, 12, 24): (MORNING,), date(2026, 12, 25): ()})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def open_between(hours, since, until) -> timedelta:
    """How long it was open between the two."""
    stretches = takewhile(lambda each: each[0] < until, hours.stretches(since))
    return sum((min(end, until) - max(start, since) for start, end in stretches), timedelta())


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-25T07:59:59", False),
        ("2026-11-25T08:00", True),
        ("2026-11-25T12:00", False),
        ("2026-11-25T17:59:59", True),
        ("2026-11-25T18:00", False),
        ("2026-11-28T10:00", False),
        ("2026-12-24T15:00", False),
        ("2026-12-25T10:00", False),
    ],
)
def test_a_clinic_is_open_in_its_spans_on_its_days(moment, is_open):
    assert HOURS.is_open(at(moment)) == is_open


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-25T07:00", "2026-11-25T08:00"),
        ("2026-11-25T09:00", "2026-11-25T14:00"),
        ("2026-11-27T19:00", "2026-11-30T08:00"),
        ("2026-12-24T13:00", "2026-12-28T08:00"),
    ],
)
def test_the_next_opening_passes_over_closed_days(moment, opening):
    assert HOURS.next_opening(at(moment)) == at(opening)


def test_stretches_hold_what_was_open():
    assert open_between(HOURS, at("2026-11-27T17:00"), at("2026-11-30T09:30")) == timedelta(hours=2.5)
    assert open_between(HOURS, at("2026-11-28T01:00"), at("2026-11-29T23:00")) == timedelta()


def test_what_is_due_after_so_much_business_time_lies_within_it():
    assert HOURS.after(at("2026-11-27T17:30"), timedelta(hours=1)) == at("2026-11-30T08:30")
    assert HOURS.after(at("2026-11-25T11:00"), timedelta(hours=1)) == at("2026-11-25T12:00")


def test_the_wall_clock_rules_over_both_changes_of_the_clock():
    spring, autumn = at("2026-03-28T18:00"), at("2026-10-23T18:00")

    assert HOURS.next_opening(spring) == datetime(2026, 3, 30, 6, 0, tzinfo=UTC)
    assert HOURS.next_opening(autumn) == datetime(2026, 10, 26, 7, 0, tzinfo=UTC)
    assert open_between(always(BERLIN), at("2026-03-29T00:00"), at("2026-03-30T00:00")) == timedelta(hours=23)
    assert open_between(always(BERLIN), at("2026-10-25T00:00"), at("2026-10-26T00:00")) == timedelta(hours=25)


def test_an_hour_that_comes_twice_is_open_twice_and_one_that_is_skipped_never():
    nights = Hours(BERLIN, (((2 * 60, 3 * 60),),) * 7)

    assert open_between(nights, at("2026-10-25T00:00"), at("2026-10-26T00:00")) == timedelta(hours=2)
    assert open_between(nights, at("2026-03-29T00:00"), at("2026-03-30T00:00")) == timedelta()


def test_a_night_is_one_stretch():
    nights = Hours(BERLIN, (((0, 6 * 60), (22 * 60, 24 * 60)),) * 7)

    assert nights.closing(at("2026-11-25T23:00")) == at("2026-11-26T06:00")
    assert nights.next_opening(at("2026-11-25T23:00")) == at("2026-11-26T22:00")


def test_who_never_opens_has_no_opening():
    never = Hours(BERLIN, ((),) * 7)

    assert (never.is_open(at("2026-11-25T10:00")), never.next_opening(at("2026-11-25T10:00"))) == (
        False,
        None,
    )
    assert never.after(at("2026-11-25T10:00"), timedelta(minutes=1)) is None


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-25T09:00", "Open now, until 12:00"),
        ("2026-11-25T13:00", "Closed now, opens 14:00"),
        ("2026-11-27T19:00", "Closed now, opens Monday 08:00"),
    ],
)
def test_the_sentence_says_what_comes_next(moment, said):
    with translation.override("en"):
        assert sentence(HOURS, at(moment)) == said


def test_the_sentence_of_a_clinic_that_never_closes():
    with translation.override("en"):
        assert sentence(always(BERLIN), at("2026-11-25T09:00")) == "Open day and night"


@pytest.mark.parametrize("week", [((0, 1440),), ()])
@pytest.mark.parametrize("ask", ["is_open", "closing", "next_opening"])
def test_a_week_without_hours_is_not_walked_through(monkeypatch, week, ask):
    looked_at = []
    days = {date(2024, 12, 25): ()}
    monkeypatch.setattr(
        Hours, "spans_of", lambda self, day: looked_at.append(day) or self.days.get(day, self.week[0])
    )

    getattr(Hours(BERLIN, (week,) * 7, days), ask)(at("2026-11-25T10:00"))

    assert len(looked_at) < 10


def test_a_day_that_is_different_interrupts_a_clinic_that_is_always_open_and_opens_one_that_never_is():
    day = date(2026, 12, 24)
    always_open = Hours(BERLIN, always(BERLIN).week, {day: ()})
    never_open = Hours(BERLIN, ((),) * 7, {day: ((600, 660),)})
    now = at("2026-11-25T10:00")

    assert (always_open.closing(now), always_open.next_opening(now)) == (
        at("2026-12-24T00:00"),
        at("2026-12-25T00:00"),
    )
    assert always_open.closing(at("2026-12-26T10:00")) - at("2026-12-26T10:00") > timedelta(days=300)
    assert (never_open.is_open(now), never_open.next_opening(now)) == (False, at("2026-12-24T10:00"))
    assert never_open.next_opening(at("2026-12-24T12:00")) is None
    assert always_open.after(now, timedelta(days=60)) == at("2026-11-25T10:00") + timedelta(days=61)
