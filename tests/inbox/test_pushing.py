"""Who is told of what while they look elsewhere; never twice, and never a word of a patient."""

import asyncio
import json
import os
from datetime import time, timedelta
from time import time as time_now
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import valkey
from clinics.models import Member, Visibility
from inbox import alerts, pushing, realtime
from inbox.models import AlertChoices, Conversation, Event, PushAddress
from inbox.operations import alerting, handling, noting
from inbox.presence import HERE
from integrations import webpush
from integrations.webpush import Outcome, to_base64
from tests.factories import make_channel, make_clinic, make_conversation, make_member, make_message, make_team

pytestmark = pytest.mark.django_db


def an_address(endpoint="https://push.example/one") -> str:
    point = webpush._point(ec.generate_private_key(webpush.CURVE))
    return json.dumps(
        {"endpoint": endpoint, "keys": {"p256dh": to_base64(point), "auth": to_base64(os.urandom(16))}}
    )


@pytest.fixture(autouse=True)
def key(settings):
    settings.PUSH_KEY = "aw" * 21 + "a="


@pytest.fixture
def clinic():
    return make_clinic("Clinic Example")


@pytest.fixture
def told(monkeypatch):
    """What was handed to push services: (endpoint, payload), and what they answer next."""
    heard = []

    async def send(client, target, payload, *, key, subject):
        heard.append((target.endpoint, payload))
        return heard.answer if hasattr(heard, "answer") else Outcome.TOLD

    monkeypatch.setattr(webpush, "send", send)
    return heard


class Desk:
    """A clinic's members with a browser each, and patients who write."""

    def __init__(self, clinic):
        self.clinic = clinic
        with clinic_scope(clinic.pk):
            self.channel = make_channel()

    def member(self, name: str, **fields) -> Member:
        with clinic_scope(self.clinic.pk):
            member = make_member(name, **fields)
            alerting.add_browser(member, address=an_address(f"https://push.example/{name}"), device="Firefox")
        return member

    def conversation(self, **fields) -> Conversation:
        with clinic_scope(self.clinic.pk):
            return make_conversation(channel=self.channel, **fields)

    def write(self, conversation, text="I have a rash", **fields):
        with clinic_scope(self.clinic.pk):
            make_message(conversation, text, **fields)
            realtime.publish(realtime.topic(conversation.pk))

    def look(self) -> int:
        return pushing.push_news(self.clinic.pk)


@pytest.fixture
def desk(clinic, told):
    return Desk(clinic)


def names(told) -> list[str]:
    return sorted(endpoint.rpartition("/")[2] for endpoint, _ in told)


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


def test_each_hears_what_they_chose_and_see(desk, told, clinic):
    ada, bea, cleo = desk.member("ada"), desk.member("bea"), desk.member("cleo", visibility=Visibility.OWN)
    with clinic_scope(clinic.pk):
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


def test_who_is_given_a_conversation_is_told_and_who_takes_one_is_not(desk, told, clinic):
    ada, bea = desk.member("ada"), desk.member("bea")
    conversation, other = desk.conversation(), desk.conversation()
    desk.look()
    with clinic_scope(clinic.pk):
        handling.assign(conversation, to=bea, by=ada)
        handling.assign(other, to=ada, by=ada)
    desk.look()

    assert [(endpoint, payload["title"]) for endpoint, payload in told] == [
        ("https://push.example/bea", "A conversation was assigned to you.")
    ]


def test_nothing_is_heard_in_quiet_hours(desk, told, clinic):
    ada = desk.member("ada")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    with clinic_scope(clinic.pk):
        now = timezone.now()
        span = {
            "quiet_from": (now - timedelta(hours=1)).time(),
            "quiet_until": (now + timedelta(hours=1)).time(),
        }
        AlertChoices.objects.create(member=ada, pushes=[Event.MINE], **span)
    desk.write(conversation)
    desk.look()

    assert told == []


def test_a_browser_that_is_no_more_is_forgotten(desk, told, clinic, monkeypatch):
    ada = desk.member("ada")
    conversation = desk.conversation(assignee=ada)
    desk.look()

    async def gone(*_args, **_options):
        return Outcome.GONE

    monkeypatch.setattr(webpush, "send", gone)
    desk.write(conversation)
    desk.look()

    with clinic_scope(clinic.pk):
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


def test_one_that_hangs_keeps_nobody_else_from_being_told(desk, told, clinic, monkeypatch):
    ada, bea = desk.member("ada"), desk.member("bea")
    with clinic_scope(clinic.pk):
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


def test_who_no_longer_works_here_is_told_nothing(desk, told, clinic):
    ada = desk.member("ada")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    with clinic_scope(clinic.pk):
        Member.objects.filter(pk=ada.pk).update(is_active=False)
    desk.write(conversation)
    desk.look()

    assert told == []


def test_whoever_signs_in_at_the_same_browser_takes_it_over(desk, clinic):
    with clinic_scope(clinic.pk):
        ada, bea = make_member("Ada"), make_member("Bea")
        for member in (ada, bea, bea):
            alerting.add_browser(member, address=an_address(), device="Firefox")

        assert list(PushAddress.objects.values_list("member", flat=True)) == [bea.pk]


def test_before_anybody_chose_all_sounds_are_on_unless_they_were_off_before(desk, clinic):
    with clinic_scope(clinic.pk):
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

    with clinic_scope(clinic.pk):
        assert AlertChoices(quiet_from=begin, quiet_until=end).is_quiet(time.fromisoformat(hour)) is is_quiet


# Calls by @.


def call(desk, conversation, text, by):
    with clinic_scope(desk.clinic.pk):
        return handling.add_note(conversation, text, author=by, client_id=str(uuid4()))


def test_a_note_that_calls_somebody_tells_them_once_and_leads_to_it_without_a_word_of_it(desk, told):
    ada, _bea = desk.member("ada"), desk.member("bea")
    conversation = desk.conversation(assignee=ada)
    desk.look()

    note = call(desk, conversation, "@bea is the rash new? @ada knows", by=ada)
    assert (desk.look(), desk.look()) == (1, 0)

    ((endpoint, payload),) = told
    assert endpoint == "https://push.example/bea"
    assert payload["title"] == "A colleague mentions you in a note."
    assert payload["url"] == f"/conversations/{conversation.pk}/?message={note.pk}"
    assert "rash" not in str(payload)
    assert "ada" not in str(payload)


def test_a_team_that_is_called_are_those_of_it_who_see_the_conversation(desk, told, clinic):
    ada, bea = desk.member("ada"), desk.member("bea")
    blind = desk.member("uma", visibility=Visibility.OWN)
    with clinic_scope(clinic.pk):
        make_team("Billing", [ada, bea, blind])
    conversation = desk.conversation()
    desk.look()

    call(desk, conversation, "@Billing is this paid?", by=ada)
    desk.look()

    assert names(told) == ["bea"]


def test_who_lost_sight_of_it_meanwhile_is_not_told(desk, told, clinic):
    ada, bea = desk.member("ada"), desk.member("bea")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    call(desk, conversation, "@bea look", by=ada)
    with clinic_scope(clinic.pk):
        Member.objects.filter(pk=bea.pk).update(visibility=Visibility.OWN)

    desk.look()

    assert told == []


def test_who_saw_the_note_or_does_not_wish_to_hear_is_not_told_of_it(desk, told, clinic):
    ada, bea, cleo = desk.member("ada"), desk.member("bea"), desk.member("cleo")
    conversation = desk.conversation(assignee=ada)
    with clinic_scope(clinic.pk):
        AlertChoices.objects.create(member=cleo, pushes=[Event.MINE, Event.ASSIGNED])
    desk.look()
    call(desk, conversation, "@bea @cleo look", by=ada)
    with clinic_scope(clinic.pk):
        noting.see_mentions(conversation, bea)

    desk.look()

    assert told == []


def test_who_has_the_conversation_open_before_them_is_not_told_of_a_call_in_it(desk, told, clinic):
    ada, bea, cleo = desk.member("ada"), desk.member("bea"), desk.member("cleo")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    seats = {"tab": f"{bea.pk} reading {int(time_now()) + 20}", "gone": f"{cleo.pk} reading 1"}
    valkey().hset(f"{HERE}{clinic.pk}:{conversation.pk}", mapping=seats)

    call(desk, conversation, "@bea @cleo look", by=ada)
    desk.look()

    assert names(told) == ["cleo"]
