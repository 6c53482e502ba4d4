"""A channel that usually hears from patients and does not is noticed, told of once, and forgiven when it speaks."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from clinic_inbox.tenancy import clinic_scope, uuid7
from clinics.models import Role
from inbox import silence, tasks
from inbox.models import ChannelHour
from integrations.models import Channel
from tests.factories import make_channel, make_clinic, make_conversation, make_member, make_message

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


@pytest.fixture
def number(clinic):
    """A channel that has heard from 12 patients in each hour of four weeks, up to an hour and a half ago."""
    channel = make_channel(created_at=NOW - 6 * WEEK, last_event_at=NOW - 1.5 * HOUR)
    hours = [NOW.replace(minute=0) - HOUR * back for back in range(2, 4 * 7 * 24 + 3)]
    ChannelHour.objects.bulk_create(ChannelHour(channel=channel, hour=hour, received=12) for hour in hours)
    make_member("Olga Owner", Role.OWNER, "olga@clinic.example")
    make_member("Ada Agent", Role.AGENT, "ada@clinic.example")
    return channel


def listen_at(moment):
    mail.outbox = []
    with time_machine.travel(moment, tick=False):
        tasks.listen()
    return [(letter.to, letter.subject) for letter in mail.outbox]


@pytest.fixture(autouse=True)
def letters(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_a_busy_number_that_hears_nothing_is_told_of_once(number):
    told, again = listen_at(NOW), listen_at(NOW + timedelta(minutes=5))

    number.refresh_from_db()
    assert number.silent_since == NOW - 1.5 * HOUR
    assert (told, again) == ([(["olga@clinic.example"], "WhatsApp has been silent")], [])


def test_a_letter_that_did_not_go_out_is_written_again(number, monkeypatch):
    with monkeypatch.context() as died:
        died.setattr(tasks.alarms, "tell_of_silence", explode)
        with pytest.raises(ZeroDivisionError):
            listen_at(NOW)
    with monkeypatch.context() as away:
        away.setattr(mail, "get_connection", refuse)
        assert listen_at(NOW + timedelta(minutes=5)) == []

    told = [len(listen_at(NOW + timedelta(minutes=minutes))) for minutes in (10, 15)]

    assert told == [1, 0]


def explode(_silent):
    raise ZeroDivisionError


def refuse(**_settings):
    raise OSError


@pytest.mark.parametrize("state", ["paused", "broken"])
def test_a_number_that_is_not_connected_is_not_judged(number, state):
    Channel.objects.update(state=state, silent_since=NOW - 3 * HOUR, silence_told_at=NOW)

    assert listen_at(NOW) == []

    number.refresh_from_db()
    assert (number.silent_since, number.silence_told_at) == (None, None)


def test_the_letter_names_the_number_and_no_patient(number):
    make_conversation(channel=number)
    listen_at(NOW)

    (letter,) = mail.outbox
    assert "about 18 messages" in letter.body
    assert f"/settings/channels/{number.pk}/" in letter.body
    assert "Nora" not in letter.body


def test_news_ends_the_silence_and_the_next_one_is_told_of_again(number):
    listen_at(NOW)
    Channel.objects.update(last_event_at=NOW + timedelta(minutes=1))
    listen_at(NOW + timedelta(minutes=5))
    number.refresh_from_db()
    assert number.silent_since is None

    assert len(listen_at(NOW + timedelta(hours=2))) == 1


@pytest.mark.parametrize(
    ("silent_hours", "weekly", "is_told"),
    [
        (0.4, 600, False),  # half an hour is no silence
        (1.5, 5, False),  # 7.5 expected: chance
        (1.5, 6, True),  # 9 expected
        (30, 1, True),  # a slow number over a long time
        (30, 0, False),
    ],
)
def test_what_is_unusual_depends_on_what_is_usual(number, silent_hours, weekly, is_told):
    ChannelHour.objects.update(received=weekly)
    Channel.objects.update(last_event_at=NOW - HOUR * silent_hours)

    assert bool(listen_at(NOW)) == is_told


def test_a_quiet_night_is_no_silence(number):
    ChannelHour.objects.exclude(hour__time__gte="08:00", hour__time__lt="18:00").delete()
    night = NOW.replace(hour=23)
    Channel.objects.update(last_event_at=NOW.replace(hour=18))

    assert listen_at(night) == []


def test_a_number_younger_than_a_week_is_not_judged(number):
    Channel.objects.update(created_at=NOW - 6 * timedelta(days=1))

    assert listen_at(NOW) == []


def test_hours_that_are_over_are_counted_once_each(clinic):
    channel = make_channel(created_at=NOW - 6 * WEEK)
    conversation = make_conversation(channel=channel)
    for minutes in (-90, -80, -20, 5):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            make_message(conversation, pk=uuid7())
            make_message(conversation, direction="out", pk=uuid7())
            make_message(conversation, source="history", pk=uuid7())

    for _ in range(2):
        silence.tally(NOW + HOUR)

    hours = ChannelHour.objects.order_by("hour").values_list("hour", "received")
    assert list(hours) == [(NOW.replace(hour=13, minute=0), 2), (NOW.replace(hour=14, minute=0), 2)]


def test_counts_that_nothing_looks_back_to_are_deleted(number):
    ChannelHour.objects.create(channel=number, hour=NOW - 7 * WEEK, received=1)
    before = ChannelHour.objects.count()

    listen_at(NOW)

    assert ChannelHour.objects.count() == before - 1


def test_each_clinic_hears_of_its_own_numbers(db, settings):
    for name in ("Alpha", "Zulu"):
        with clinic_scope(make_clinic(name).pk):
            channel = make_channel(name=name, created_at=NOW - 6 * WEEK, last_event_at=NOW - 2 * HOUR)
            make_member(f"{name} owner", Role.OWNER, f"{name.lower()}@clinic.example")
            hours = [NOW.replace(minute=0) - WEEK - HOUR * back for back in range(4)]
            ChannelHour.objects.bulk_create(
                ChannelHour(channel=channel, hour=hour, received=99) for hour in hours
            )

    told = listen_at(NOW)

    assert sorted(told) == [
        (["alpha@clinic.example"], "Alpha has been silent"),
        (["zulu@clinic.example"], "Zulu has been silent"),
    ]
