"""Who is told of what while they look elsewhere; never twice, and never a word of a patient."""

import asyncio
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.models import Member, Visibility
from inbox import alerts, pushing
from inbox.models import AlertChoices, Event, PushAddress
from inbox.operations import alerting, handling
from integrations import webpush
from integrations.webpush import Outcome
from tests.factories import make_member
from tests.inbox.pushed import an_address, names

pytestmark = pytest.mark.django_db


def test_whose_patient_writes_is_told_once_and_without_a_word_of_it(desk, told):
    ada = desk.member("ada")
    desk.member("bea")
    conversation = desk.conversation(assignee=ada)
    desk.look()  # what was before is no news

    desk.write(conversation)
    assert (desk.look(), desk.look()) == (1, 0)

    ((endpoint, payload),) = told
    assert endpoint == "https://push.example/ada"
    assert payload["url"] == f"/conversations/{conversation.pk}/"
    assert "rash" not in str(payload)
    assert conversation.contact.name not in str(payload)


def test_the_next_message_is_told_again(desk, told):
    ada = desk.member("ada")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    for _ in range(2):
        desk.write(conversation)
        desk.look()

    assert names(told) == ["ada", "ada"]


def test_a_change_that_is_no_news_tells_nobody(desk, told):
    conversation = desk.conversation(assignee=desk.member("ada"))
    desk.look()
    desk.write(conversation, "Our answer", direction="out")
    desk.write(conversation, "A note", direction="note", kind="note")
    desk.write(conversation, "Last week", source="history")
    desk.write(conversation, "Late", sent_at=timezone.now() - timedelta(hours=1))
    desk.look()

    assert told == []


def test_each_hears_what_they_chose_and_see(desk, told):
    ada, bea, cleo = desk.member("ada"), desk.member("bea"), desk.member("cleo", visibility=Visibility.OWN)
    with desk.scope():
        for member in (ada, bea, cleo):
            AlertChoices.objects.create(member=member, pushes=[Event.OTHERS, Event.UNASSIGNED])
    held, nobodys = desk.conversation(assignee=ada), desk.conversation()
    sensitive = desk.conversation(assignee=ada, is_sensitive=True)
    desk.look()

    desk.write(held)
    desk.look()
    assert names(told) == ["bea"]

    desk.write(nobodys)
    desk.look()
    assert names(told) == ["ada", "bea", "bea"]

    desk.write(sensitive)
    desk.look()
    assert names(told) == ["ada", "bea", "bea"]


def test_who_is_given_a_conversation_is_told_and_who_takes_one_is_not(desk, told):
    ada, bea = desk.member("ada"), desk.member("bea")
    conversation, other = desk.conversation(), desk.conversation()
    desk.look()
    with desk.scope():
        handling.assign(conversation, to=bea, by=ada)
        handling.assign(other, to=ada, by=ada)
    desk.look()

    assert [(endpoint, payload["title"]) for endpoint, payload in told] == [
        ("https://push.example/bea", "A conversation was assigned to you.")
    ]


def test_nothing_is_heard_in_quiet_hours(desk, told):
    ada = desk.member("ada")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    with desk.scope():
        now = timezone.now()
        span = {
            "quiet_from": (now - timedelta(hours=1)).time(),
            "quiet_until": (now + timedelta(hours=1)).time(),
        }
        AlertChoices.objects.create(member=ada, pushes=[Event.MINE], **span)
    desk.write(conversation)
    desk.look()

    assert told == []


def test_a_browser_that_is_no_more_is_forgotten(desk, told, monkeypatch):
    ada = desk.member("ada")
    conversation = desk.conversation(assignee=ada)
    desk.look()

    async def gone(*_args, **_options):
        return Outcome.GONE

    monkeypatch.setattr(webpush, "send", gone)
    desk.write(conversation)
    desk.look()

    with desk.scope():
        assert not PushAddress.objects.exists()


def test_however_many_are_told_their_wishes_are_asked_for_once(desk, told, django_assert_max_num_queries):
    members = [desk.member(f"m{number}") for number in range(2)]
    conversation = desk.conversation(assignee=members[0])
    desk.look()
    desk.write(conversation)
    with CaptureQueriesContext(connection) as few:
        desk.look()
    for number in range(2, 8):
        desk.member(f"m{number}")
    for _ in range(3):
        desk.write(desk.conversation(assignee=members[0]))

    with django_assert_max_num_queries(len(few)):
        desk.look()


def test_one_that_hangs_keeps_nobody_else_from_being_told(desk, told, monkeypatch):
    ada, bea = desk.member("ada"), desk.member("bea")
    with desk.scope():
        AlertChoices.objects.create(member=bea, pushes=[Event.OTHERS])
    conversation = desk.conversation(assignee=ada)
    desk.look()
    monkeypatch.setattr(pushing, "SECONDS", 0.2)

    async def send(client, target, payload, **_):
        if target.endpoint.endswith("ada"):
            await asyncio.sleep(3600)
        return Outcome.TOLD

    monkeypatch.setattr(webpush, "send", send)
    desk.write(conversation)

    assert desk.look() == 1


def test_who_no_longer_works_here_is_told_nothing(desk, told):
    ada = desk.member("ada")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    with desk.scope():
        Member.objects.filter(pk=ada.pk).update(is_active=False)
    desk.write(conversation)
    desk.look()

    assert told == []


def test_whoever_signs_in_at_the_same_browser_takes_it_over(desk):
    with desk.scope():
        ada, bea = make_member("Ada"), make_member("Bea")
        for member in (ada, bea, bea):
            alerting.add_browser(member, address=an_address(), device="Firefox")

        assert list(PushAddress.objects.values_list("member", flat=True)) == [bea.pk]


def test_before_anybody_chose_all_sounds_are_on_unless_they_were_off_before(desk):
    with desk.scope():
        assert Event.UNASSIGNED in alerts.choices_of(make_member()).sounds
        assert alerts.choices_of(make_member(sound=False)).sounds == []


@pytest.mark.parametrize(
    ("span", "hour", "is_quiet"),
    [
        (("22:00", "07:00"), "23:00", True),
        (("22:00", "07:00"), "06:59", True),
        (("22:00", "07:00"), "07:00", False),
        (("22:00", "07:00"), "12:00", False),
        (("12:00", "14:00"), "12:00", True),
        (("12:00", "14:00"), "14:00", False),
        (("12:00", "12:00"), "12:00", False),
    ],
)
def test_quiet_hours_may_go_over_midnight(clinic, span, hour, is_quiet):
    begin, end = map(time.fromisoformat, span)

    assert AlertChoices(quiet_from=begin, quiet_until=end).is_quiet(time.fromisoformat(hour)) is is_quiet
