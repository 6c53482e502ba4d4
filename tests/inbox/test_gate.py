"""May this be sent, and why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Consent
from inbox import gate
from inbox.operations.sending import Draft
from tests.factories import make_contact, make_conversation, make_identity
from tests.inbox.templates import BODY, FILLED, LINK, PICTURE, make_template

pytestmark = pytest.mark.usefixtures("clinic")


def conversation_last_heard(**ago):
    return make_conversation(last_inbound_at=timezone.now() - timedelta(**ago))


def refusal(conversation, draft) -> str:
    with pytest.raises(gate.Refused) as refused:
        gate.may_send(conversation, draft)
    assert str(refused.value.sentence)
    return refused.value.code


def decide(conversation, purpose, is_granted, **ago):
    Consent.objects.create(
        identity=conversation.identity,
        purpose=purpose,
        is_granted=is_granted,
        source="message",
        decided_at=timezone.now() - timedelta(**ago),
    )


def test_a_text_is_allowed_within_a_day_of_the_patient_s_message():
    conversation = conversation_last_heard(hours=23, minutes=59)

    allowed = gate.may_send(conversation, Draft(text="Hello"))

    assert allowed.rule == "window"
    assert allowed.as_record()["window_until"] == conversation.window_closes_at.isoformat()


@pytest.mark.parametrize("last_inbound_at", [None, timedelta(hours=24), timedelta(days=30)])
def test_a_text_is_refused_when_the_patient_has_been_silent_for_a_day(last_inbound_at):
    heard = last_inbound_at and timezone.now() - last_inbound_at
    conversation = make_conversation(last_inbound_at=heard)

    assert refusal(conversation, Draft(text="Hello")) == "window_closed"


def test_an_ad_makes_sending_free_but_does_not_open_the_window():
    conversation = conversation_last_heard(hours=30)
    conversation.entry_point_until = timezone.now() + timedelta(hours=42)

    assert refusal(conversation, Draft(text="Hello")) == "window_closed"


def test_what_is_free_is_written_down():
    conversation = conversation_last_heard(hours=1)
    conversation.entry_point_until = timezone.now() + timedelta(hours=71)

    allowed = gate.may_send(conversation, Draft(text="Hello"))

    assert allowed.as_record()["entry_point_until"] == conversation.entry_point_until.isoformat()


def test_an_approved_template_is_allowed_outside_the_window():
    conversation = conversation_last_heard(days=30)
    template = make_template(conversation.channel)

    allowed = gate.may_send(conversation, Draft(template=template, values=FILLED))

    record = allowed.as_record()
    assert (record["rule"], record["template"]["name"]) == ("template", "visit_reminder")
    assert "window_until" not in record


def test_the_record_tells_one_wording_of_a_template_from_another():
    conversation = conversation_last_heard(days=30)
    template = make_template(conversation.channel)
    before = gate.may_send(conversation, Draft(template=template, values=FILLED)).template["version"]
    template.components[0]["text"] += " Please be on time."

    after = gate.may_send(conversation, Draft(template=template, values=FILLED)).template["version"]

    assert before != after


@pytest.mark.parametrize("status", ["PENDING", "PAUSED", "REJECTED", "DISABLED", "DELETED"])
def test_a_template_that_is_not_approved_is_refused(status):
    conversation = conversation_last_heard(hours=1)
    template = make_template(conversation.channel, status=status)

    assert refusal(conversation, Draft(template=template, values=FILLED)) == "template_unapproved"


def test_a_template_of_another_business_account_is_refused():
    conversation = conversation_last_heard(hours=1)
    template = make_template(conversation.channel)
    template.business_id = "another"

    assert refusal(conversation, Draft(template=template, values=FILLED)) == "template_unknown"


@pytest.mark.parametrize(
    ("components", "values"),
    [
        ([BODY], {"body": {"1": "Nora"}}),
        ([BODY], {"body": {"1": "Nora", "2": " "}}),
        ([BODY], {"body": {"1": "Nora", "2": "on\nMonday"}}),
        ([BODY, LINK], FILLED),
        ([PICTURE, BODY], FILLED),
    ],
)
def test_a_template_with_something_missing_is_refused(components, values):
    conversation = conversation_last_heard(hours=1)
    template = make_template(conversation.channel, *components)

    assert refusal(conversation, Draft(template=template, values=values)) == "template_incomplete"


@pytest.mark.parametrize(
    ("category", "purpose", "is_refused"),
    [
        ("UTILITY", "care", True),
        ("UTILITY", "marketing", False),
        ("AUTHENTICATION", "care", True),
        ("MARKETING", "marketing", True),
        ("MARKETING", "care", True),
    ],
)
def test_who_said_stop_gets_no_template_of_that_kind(category, purpose, is_refused):
    conversation = conversation_last_heard(hours=1)
    template = make_template(conversation.channel, category=category)
    decide(conversation, purpose, False, hours=1)
    draft = Draft(template=template, values=FILLED)

    code = refusal(conversation, draft) if is_refused else gate.may_send(conversation, draft).rule

    assert code == ("opted_out" if is_refused else "template")


def test_the_newest_wish_holds_whenever_it_was_stored():
    conversation = conversation_last_heard(hours=1)
    template = make_template(conversation.channel, category="MARKETING")
    decide(conversation, "marketing", True, hours=1)
    decide(conversation, "marketing", False, hours=2)

    assert gate.may_send(conversation, Draft(template=template, values=FILLED)).rule == "template"


def test_who_stopped_everything_may_ask_for_offers_again():
    conversation = conversation_last_heard(hours=1)
    template = make_template(conversation.channel, category="MARKETING")
    decide(conversation, "care", False, hours=2)
    decide(conversation, "marketing", True, hours=1)

    assert gate.may_send(conversation, Draft(template=template, values=FILLED)).rule == "template"


def test_one_person_s_stop_is_not_another_s():
    conversation = conversation_last_heard(hours=1)
    template = make_template(conversation.channel)
    decide(make_conversation(make_identity()), "care", False, hours=1)

    assert gate.may_send(conversation, Draft(template=template, values=FILLED)).rule == "template"


def test_a_stop_holds_for_every_address_of_the_person_and_the_newest_word_wins():
    contact = make_contact()
    told, other = (make_conversation(make_identity(contact)) for _ in range(2))
    decide(told, "marketing", False, hours=2)
    template = make_template(other.channel, category="MARKETING")
    draft = Draft(template=template, values=FILLED)

    assert refusal(other, draft) == "opted_out"
    decide(other, "marketing", True, hours=1)
    assert gate.may_send(told, draft).rule == "template"


def test_an_answer_within_the_window_is_allowed_after_stop():
    conversation = conversation_last_heard(hours=1)
    decide(conversation, "care", False, hours=1)

    assert gate.may_send(conversation, Draft(text="You will get no more reminders.")).rule == "window"


@pytest.mark.parametrize(("state", "code"), [("off", "channel_off"), ("broken", "channel_broken")])
def test_nothing_new_goes_through_a_channel_that_cannot_send(state, code):
    conversation = conversation_last_heard(hours=1)
    conversation.channel.state = state

    assert refusal(conversation, Draft(text="Hello")) == code


def test_what_is_written_while_sending_is_paused_may_wait():
    conversation = conversation_last_heard(hours=1)
    conversation.channel.state = "paused"

    assert gate.may_send(conversation, Draft(text="Hello")).rule == "window"
