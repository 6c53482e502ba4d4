"""What is on record about one message: why it was sent or not, and everything that happened to it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Consent
from inbox.models import Amendment, Attempt, StatusEvent
from tests.factories import make_conversation, make_identity, make_member, make_message

from .screens import HTMX, queries_of, signed_in


def told_of(member, message) -> str:
    answer = signed_in(member).get(f"/messages/{message.pk}/why/", headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def try_it(message, outcome: str, code="") -> None:
    Attempt.objects.create(message=message, outcome=outcome, error_code=code, finished_at=timezone.now())


def tell(message, status: str) -> None:
    StatusEvent.objects.create(
        channel=message.channel,
        message=message,
        external_id=message.external_id,
        status=status,
        occurred_at=timezone.now(),
    )


def test_an_answer_tells_the_rule_its_price_and_each_step(member):
    gate = {"rule": "window", "window_until": "2026-11-26T12:00:00+00:00"}
    price = {"type": "free_customer_service", "category": "service"}
    message = make_message(direction="out", author=member, gate=gate, pricing=price, state="read")
    try_it(message, "refused", "131056")
    try_it(message, "accepted")
    for status in ("sent", "delivered", "read"):
        tell(message, status)

    page = told_of(member, message)

    for words in (
        "within 24 hours",
        "free: an answer",
        "Ada Agent",
        "Too many messages",
        "Read by the patient",
    ):
        assert words in page
    assert page.count("<li") == 5


def test_what_happened_within_one_second_is_told_in_its_order(member):
    message, second = make_message(direction="out", author=member, state="read"), timezone.now()
    second = second.replace(microsecond=0)
    for status in ("read", "delivered", "sent"):
        tell(message, status)
    try_it(message, "accepted")
    message.statuses.update(occurred_at=second)
    message.tries.update(started_at=second + timedelta(milliseconds=400))

    page = told_of(member, message)

    words = ("Handed to WhatsApp", "On its way", "On the patient", "Read by the patient")
    places = [page.index(each, page.index("What happened")) for each in words]
    assert places == sorted(places)


def test_a_template_tells_which_wording_in_which_language(member):
    sent = {"name": "visit_reminder", "language": "es", "category": "UTILITY", "version": "1f2e3d4c5b6a"}
    message = make_message(direction="out", kind="template", gate={"rule": "template", "template": sent})

    page = told_of(member, message)

    assert all(words in page for words in ("visit_reminder", "es", "utility", "1f2e3d4c5b6a"))


def test_what_was_not_sent_tells_the_cause_and_the_next_step(member):
    message = make_message(direction="out", state="failed", error_code="131047")

    page = told_of(member, message)

    assert "Why it was not sent" in page
    assert "131047" in page


def test_only_the_consent_of_that_time_counts(member):
    conversation = make_conversation()
    message = make_message(conversation, direction="out")
    for days, wording in ((-1, "YES"), (1, "STOP")):
        Consent.objects.create(
            identity=conversation.identity,
            purpose="care",
            is_granted=days < 0,
            source="message",
            wording=wording,
            decided_at=timezone.now() + timedelta(days=days),
        )

    page = told_of(member, message)

    assert ("YES" in page, "STOP" in page) == (True, False)


def test_the_consent_given_at_another_address_of_the_patient_is_told_to_who_may_see_it(member):
    conversation = make_conversation()
    message = make_message(conversation, direction="out")
    seen, hidden = (make_identity(conversation.contact) for _ in range(2))
    make_conversation(hidden, is_sensitive=True)
    for identity, purpose, wording in ((seen, "care", "YES"), (hidden, "marketing", "STOP")):
        Consent.objects.create(
            identity=identity, purpose=purpose, is_granted=wording == "YES", source="message",
            wording=wording, decided_at=timezone.now() - timedelta(days=1),
        )  # fmt: skip

    page = told_of(member, message)

    assert ("YES" in page, "STOP" in page) == (True, False)


def test_an_edited_message_tells_what_it_said_before(member):
    message = make_message(text="Friday at ten", content={"earlier": ["Friday at nine"]})
    for kind in ("edit", "revoke"):
        Amendment.objects.create(
            channel=message.channel,
            target_external_id=message.external_id,
            external_id=f"wamid.{kind}",
            kind=kind,
            amended_at=timezone.now(),
            applied_at=timezone.now(),
        )

    page = told_of(member, message)

    assert ("Friday at nine" in page, "Taken back" in page) == (True, True)


@pytest.mark.parametrize("direction", ["event", "note"])
def test_notes_and_events_have_no_such_record(member, direction):
    message = make_message(direction=direction)

    assert signed_in(member).get(f"/messages/{message.pk}/why/").status_code == 404


def test_who_does_not_see_the_conversation_is_told_nothing(member):
    message = make_message(make_conversation(is_sensitive=True, assignee=make_member("Ines")))

    assert signed_in(member).get(f"/messages/{message.pk}/why/").status_code == 404


def test_it_takes_the_same_queries_for_one_step_and_for_many(member, django_assert_max_num_queries):
    message, browser = make_message(direction="out"), signed_in(member)
    tell(message, "sent")
    one = queries_of(browser, f"/messages/{message.pk}/why/", django_assert_max_num_queries)
    for status in ("delivered", "read"):
        tell(message, status)
        try_it(message, "accepted")

    assert queries_of(browser, f"/messages/{message.pk}/why/", django_assert_max_num_queries) == one
