"""Greetings and away replies: at most once, never over a person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import BusinessHours
from contacts.models import Contact
from inbox import gate
from inbox.attending import rounds
from inbox.delivery import age
from inbox.models import AnswerRules, ChannelRule, Conversation, KeptDraft, Message
from integrations.models import Channel
from tests.factories import make_member, make_message
from tests.inbox.payloads import messages_webhook, text_message

NEVER_OPEN = [[]] * 7
GREETING, AWAY = "Hello, we answer within the hour.", "We are closed."


@pytest.fixture
def rules(channel):
    """Both texts, on."""
    with clinic_scope(channel.clinic_id):
        return AnswerRules.objects.create(
            greets=True, greeting={"en": GREETING, "es": "Hola"}, answers_away=True, away={"en": AWAY}
        )


@pytest.fixture
def said(channel, rules):
    """What the clinic says by itself, once a patient's messages have come in; in a scope of the clinic."""

    def said(*, since=None):
        rounds.attend(channel.clinic_id)
        with clinic_scope(channel.clinic_id):
            ours = Message.objects.filter(direction="out", source="system").order_by("created_at")
            return list(ours.values_list("text", flat=True))

    return said


def say(channel, minutes_ago=0, text="My knee", **more):
    at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).timestamp()
    return messages_webhook(channel, text_message(text, at=at, **more))


def close_the_clinic(channel):
    with clinic_scope(channel.clinic_id):
        BusinessHours.objects.create(week=NEVER_OPEN)


def test_a_new_episode_is_greeted_once_however_often_its_webhook_comes(channel, arrive, said):
    first = say(channel)
    arrive(first, first)
    seen = [said()]
    arrive(first, say(channel, text="Are you there?"))

    assert [*seen, said()] == [[GREETING], [GREETING]]


def test_the_greeting_goes_through_the_gate_and_leaves_the_patient_waiting(channel, arrive, said):
    arrive(say(channel))
    said()

    with clinic_scope(channel.clinic_id):
        message, conversation = Message.objects.get(source="system"), Conversation.objects.get()
    assert (message.gate["rule"], message.gate["auto"], message.state) == ("window", "greeting", "queued")
    assert (conversation.waiting_since is not None, conversation.preview) == (True, "My knee")


def test_the_patients_language_is_answered_in(channel, arrive, said):
    arrive(say(channel))
    with clinic_scope(channel.clinic_id):
        Contact.objects.update(language="es-MX")

    assert said() == ["Hola"]


def test_outside_the_hours_the_away_text_is_said_once_a_closed_stretch(channel, arrive, said):
    close_the_clinic(channel)
    arrive(say(channel))
    seen = [said()]
    with clinic_scope(channel.clinic_id):  # a long weekend
        Message.objects.filter(source="system").update(sent_at=timezone.now() - timedelta(hours=20))
    arrive(say(channel, text="Still there?"))

    assert [*seen, said()] == [[AWAY], [AWAY]]


@pytest.mark.parametrize("source", ["agent", "phone"])
def test_nothing_is_said_over_a_person_who_wrote(channel, arrive, said, source):
    arrive(say(channel))
    with clinic_scope(channel.clinic_id):
        make_message(Conversation.objects.get(), "I am looking", "out", source=source)

    assert said() == []


def test_nothing_is_said_while_a_member_writes_an_answer(channel, arrive, said):
    arrive(say(channel))
    with clinic_scope(channel.clinic_id):
        KeptDraft.objects.create(
            conversation=Conversation.objects.get(),
            member=make_member(),
            mode="reply",
            text="Dear",
            revision=1,
        )

    assert said() == []


def test_what_was_to_be_said_at_once_is_not_said_a_quarter_of_an_hour_later(channel, arrive, said):
    with clinic_scope(channel.clinic_id):
        Channel.objects.update(state="paused")
    arrive(say(channel))
    said()
    with clinic_scope(channel.clinic_id):
        written = make_message(Conversation.objects.get(), direction="out", source="agent", state="queued")
        early = age.give_up()
        Message.objects.filter(direction="out").update(created_at=timezone.now() - age.STALE)

        age.give_up()

        greeting = Message.objects.get(source="system", direction="out")
        assert early == set()
        assert (greeting.state, greeting.error_code) == ("failed", "auto_stale")
        assert Message.objects.get(pk=written.pk).state == "queued"
        with pytest.raises(gate.Refused, match="auto_stale"):
            age.check_age(greeting)


def test_nothing_is_said_to_who_asked_not_to_be_written_to(channel, arrive, said):
    arrive(say(channel, text="STOP"))

    assert said() == []


def test_a_webhook_that_comes_late_is_answered_by_nobody(channel, arrive, said):
    arrive(say(channel, minutes_ago=61))

    assert said() == []


def test_a_channel_that_is_off_says_nothing(channel, arrive, said):
    with clinic_scope(channel.clinic_id):
        ChannelRule.objects.create(channel=channel, answers=False)
    arrive(say(channel))

    assert said() == []


def test_a_conversation_that_a_member_opened_is_not_greeted(channel, arrive, said):
    arrive(say(channel))
    with clinic_scope(channel.clinic_id):
        Conversation.objects.update(attend_at=timezone.now() + timedelta(seconds=5))  # written into it later

    assert said() == []


def test_a_worker_that_dies_before_its_commit_leaves_all_of_it_for_the_next(
    channel, arrive, said, monkeypatch
):
    arrive(say(channel))

    def die(*topics):
        raise SystemError

    with monkeypatch.context() as dying:
        dying.setattr(rounds.realtime, "publish", die)
        with pytest.raises(SystemError):
            rounds.attend(channel.clinic_id)

    assert (said(), said()) == ([GREETING], [GREETING])


def test_two_workers_at_once_say_it_once(channel, arrive, said):
    arrive(say(channel))

    def work(_number):
        try:
            return rounds.attend(channel.clinic_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    assert said() == [GREETING]
