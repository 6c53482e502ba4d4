"""Whom a note that calls them by @ is told to while they look elsewhere."""

from time import time as time_now
from uuid import uuid4

import pytest

from clinic_inbox.valkey import valkey
from clinics.models import Member, Visibility
from inbox.models import AlertChoices, Event
from inbox.operations import handling, noting
from inbox.presence import HERE
from tests.factories import make_team
from tests.inbox.pushed import names

pytestmark = pytest.mark.django_db


def call(desk, conversation, text, by, answers=None):
    with desk.scope():
        return handling.add_note(conversation, text, author=by, client_id=str(uuid4()), answers=answers)


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
    said = payload["title"] + payload["body"]  # the address has ids, in which letters stand by chance
    assert "rash" not in said
    assert "ada" not in said


def test_an_answer_in_a_thread_of_notes_tells_who_took_part_in_other_words(desk, told):
    ada, bea = desk.member("ada"), desk.member("bea")
    conversation = desk.conversation(assignee=ada)
    note = call(desk, conversation, "Is the rash new?", by=ada)
    desk.look()

    answer = call(desk, conversation, "Since Monday", by=bea, answers=note)
    assert (desk.look(), desk.look()) == (1, 0)

    ((endpoint, payload),) = told
    assert endpoint == "https://push.example/ada"
    assert payload["title"] == "A colleague answered in a thread of notes where you took part."
    assert payload["url"] == f"/conversations/{conversation.pk}/?message={answer.pk}"


def test_a_team_that_is_called_are_those_of_it_who_see_the_conversation(desk, told):
    ada, bea = desk.member("ada"), desk.member("bea")
    blind = desk.member("uma", visibility=Visibility.OWN)
    with desk.scope():
        make_team("Billing", [ada, bea, blind])
    conversation = desk.conversation()
    desk.look()

    call(desk, conversation, "@Billing is this paid?", by=ada)
    desk.look()

    assert names(told) == ["bea"]


def test_who_lost_sight_of_it_meanwhile_is_not_told(desk, told):
    ada, bea = desk.member("ada"), desk.member("bea")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    call(desk, conversation, "@bea look", by=ada)
    with desk.scope():
        Member.objects.filter(pk=bea.pk).update(visibility=Visibility.OWN)

    desk.look()

    assert told == []


def test_who_saw_the_note_or_does_not_wish_to_hear_is_not_told_of_it(desk, told):
    ada, bea, cleo = desk.member("ada"), desk.member("bea"), desk.member("cleo")
    conversation = desk.conversation(assignee=ada)
    with desk.scope():
        AlertChoices.objects.create(member=cleo, pushes=[Event.MINE, Event.ASSIGNED])
    desk.look()
    call(desk, conversation, "@bea @cleo look", by=ada)
    with desk.scope():
        noting.see_mentions(conversation, bea)

    desk.look()

    assert told == []


def test_who_has_the_conversation_open_before_them_is_not_told_of_a_call_in_it(desk, told):
    ada, bea, cleo = desk.member("ada"), desk.member("bea"), desk.member("cleo")
    conversation = desk.conversation(assignee=ada)
    desk.look()
    seats = {"tab": f"{bea.pk} reading {int(time_now()) + 20}", "gone": f"{cleo.pk} reading 1"}
    valkey().hset(f"{HERE}{desk.clinic.pk}:{conversation.pk}", mapping=seats)

    call(desk, conversation, "@bea @cleo look", by=ada)
    desk.look()

    assert names(told) == ["cleo"]
