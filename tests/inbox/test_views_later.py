"""Sending later and undo on the screens and through the API."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox.models import Attachment, Message
from inbox.operations.sending import Draft, Plan, send_message
from inbox.views.later import _times
from tests.factories import make_clinic, make_contact, make_conversation, make_identity, make_member
from tests.inbox.screens import HTMX, signed_in

pytestmark = pytest.mark.django_db

# A Thursday; ten in the morning in Vienna, four in New York.
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
def place():
    return make_clinic(time_zone="Europe/Vienna")


@pytest.fixture
def member(place):
    with clinic_scope(place.pk):
        yield make_member(undo_seconds=0)


@pytest.fixture
def conversation(member, now):
    return make_conversation(make_identity(make_contact(time_zone="America/New_York")))


@pytest.fixture
def now():
    with time_machine.travel(NOW, tick=False):
        yield NOW


def words(conversation, **fields) -> dict:
    return {"client_id": str(uuid4()), "mode": "reply", "text": "See you at ten."} | fields


def send(member, conversation, **fields):
    return signed_in(member).post(
        f"/conversations/{conversation.pk}/messages/", words(conversation, **fields)
    )


def scheduled(conversation, member, ahead=timedelta(hours=2), **draft) -> Message:
    plan = Plan(timezone.now() + ahead)
    return send_message(
        conversation,
        Draft(**{"text": "See you at ten."} | draft),
        client_id=str(uuid4()),
        author=member,
        plan=plan,
    )


def test_the_audit_log_names_who_wrote_it(member, conversation):
    send(member, conversation, send_at="2026-11-26T14:00")

    [entry] = AuditEntry.objects.filter(action="message.scheduled")
    assert (entry.member, entry.actor) == (member, member.name)


@pytest.mark.parametrize(
    ("at", "labels"),
    [
        ("2026-11-26 10:02", ["Thu 11:05", "Thu 18:00", "Fri 09:00", "Mon 09:00"]),
        ("2026-11-26 17:45", ["Thu 18:45", "Fri 09:00", "Mon 09:00"]),
        ("2026-11-28 23:30", ["Sun 00:30", "Sun 09:00", "Mon 09:00"]),
        ("2026-11-29 08:00", ["Sun 09:00", "Sun 18:00", "Mon 09:00"]),
    ],
)
def test_the_times_offered_are_still_to_come_by_the_clinics_clock(at, labels):
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert [f"{moment:%a %H:%M}" for _, moment in _times(now)] == labels


def test_the_menu_tells_the_patients_clock_and_when_only_a_template_goes(member, conversation):
    page = signed_in(member).get(f"/conversations/{conversation.pk}/later/", headers=HTMX).content.decode()

    assert "12:00 for the patient" in page  # 18:00 in Vienna
    assert page.count("data-shut") == 1  # Monday; tomorrow at nine the window is still open
    assert 'data-later-at="2026-11-27T09:00"' in page


def test_ones_own_time_is_answered_in_words(member, conversation):
    browser, path = signed_in(member), f"/conversations/{conversation.pk}/later/"

    late, over = (
        browser.get(path, {"at": at}, headers=HTMX).content.decode()
        for at in ("2026-12-24T09:00", "2026-11-26T09:59")
    )

    assert "only a template can be sent" in late
    assert "still to come" in over


def test_the_composer_schedules_in_the_clinics_zone_and_the_foot_shows_it(member, conversation):
    answer = send(member, conversation, send_at="2026-11-26T18:00", stops_on_reply="on")

    assert answer.status_code == 204
    message = Message.objects.get()
    assert (message.state, message.send_at) == ("scheduled", datetime(2026, 11, 26, 17, tzinfo=UTC))
    page = signed_in(member).get(f"/conversations/{conversation.pk}/", headers=HTMX).content.decode()
    assert f'id="scheduled-{message.pk}"' in page
    assert f'id="message-{message.pk}"' not in page
    rows = signed_in(member).get("/conversations/", headers=HTMX).content.decode()
    assert "row-scheduled" in rows


def test_a_time_when_the_window_is_closed_is_refused_in_words(member, conversation):
    answer = send(member, conversation, send_at="2026-11-30T09:00")

    assert (answer.status_code, answer.json()["code"]) == (422, "window_closed_then")
    assert not Message.objects.exists()


def test_the_same_send_again_schedules_once(member, conversation):
    fields = words(conversation, send_at="2026-11-26T18:00")
    browser = signed_in(member)

    answers = [browser.post(f"/conversations/{conversation.pk}/messages/", fields) for _ in range(2)]

    assert [each.status_code for each in answers] == [204, 204]
    assert Message.objects.count() == 1


def test_what_waits_is_moved_sent_and_taken_back(member, conversation):
    moved, hurried, gone = (scheduled(conversation, member) for _ in range(3))
    browser = signed_in(member)

    browser.post(f"/messages/{moved.pk}/schedule/", {"send_at": "2026-11-26T20:00"})
    browser.post(f"/messages/{hurried.pk}/send-now/")
    answer = browser.post(f"/messages/{gone.pk}/take-back/")

    moved.refresh_from_db()
    assert (moved.send_at, moved.stops_on_reply) == (datetime(2026, 11, 26, 19, tzinfo=UTC), False)
    states = [Message.objects.get(pk=each.pk).state for each in (moved, hurried, gone)]
    assert states == ["scheduled", "queued", "cancelled"]
    assert (answer.json()["text"], answer.json()["send_at"]) == ("See you at ten.", "2026-11-26T12:00")


def test_what_is_taken_back_brings_its_file_and_its_quote(member, conversation):
    file = Attachment.objects.create(
        channel=conversation.channel,
        kind="document",
        state="stored",
        filename="Plan.pdf",
        size=7,
        file="x/plan",
    )
    quoted = Message.objects.create(
        conversation=conversation, channel=conversation.channel, direction="in", external_id="wamid.q"
    )
    message = scheduled(conversation, member, kind="document", attachment=file, reply_to=quoted)

    words = signed_in(member).post(f"/messages/{message.pk}/take-back/").json()

    assert [each["filename"] for each in words["files"]] == ["Plan.pdf"]
    assert words["reply_to"] == str(quoted.pk)
    again = send(member, conversation, attachment=words["files"][0]["id"])
    assert again.status_code == 200


@pytest.mark.parametrize("act", ["schedule", "send-now", "take-back"])
def test_what_left_meanwhile_is_told_honestly(member, conversation, act):
    message = scheduled(conversation, member)
    Message.objects.update(state="claimed", attempts=1)

    answer = signed_in(member).post(f"/messages/{message.pk}/{act}/", {"send_at": "2026-11-26T20:00"})

    assert answer.status_code == (204 if act == "send-now" else 422)
    assert Message.objects.get().state == "claimed"


def test_whoever_does_not_see_the_conversation_neither_sees_nor_touches_what_waits(member, conversation):
    message = scheduled(conversation, member)
    other = make_member("Ben Colleague", visibility="own")
    browser = signed_in(other)

    answers = [
        browser.post(f"/messages/{message.pk}/{act}/") for act in ("schedule", "send-now", "take-back")
    ]
    answers.append(browser.get(f"/conversations/{conversation.pk}/later/"))

    assert [each.status_code for each in answers] == [404] * 4


def test_what_was_not_sent_says_why_and_is_on_top_of_its_authors_list(member, conversation):
    message = scheduled(conversation, member)
    Message.objects.update(
        state="failed", error_code="patient_replied", error_detail="The patient wrote before its time."
    )

    page = signed_in(member).get(f"/conversations/{conversation.pk}/", headers=HTMX).content.decode()
    mine = signed_in(member).get("/conversations/", headers=HTMX).content.decode()
    theirs = signed_in(make_member("Ben Colleague")).get("/conversations/", headers=HTMX).content.decode()

    assert "The patient wrote before its time." in page
    assert f'data-take-back="/messages/{message.pk}/take-back/" data-edits' in page
    assert ("list-not-sent" in mine, "list-not-sent" in theirs) == (True, False)
    assert "row-not-sent" in theirs  # the mark is everybody's


def test_undo_is_on_the_bubble_of_whoever_turned_it_on(member, conversation):
    type(member).objects.update(undo_seconds=5)

    page = send(member, conversation).content.decode()

    message = Message.objects.get()
    assert f'data-undo="/messages/{message.pk}/take-back/"' in page
    assert message.due_at - message.created_at == timedelta(seconds=5)


def test_without_undo_an_answer_leaves_at_once(member, conversation):
    page = send(member, conversation).content.decode()

    message = Message.objects.get()
    assert ("data-undo" in page, message.due_at) == (False, message.created_at)


def test_a_member_sets_their_undo_and_leaving_it_out_changes_nothing(member):
    browser = signed_in(member)
    fields = {"name": "Ada Agent", "density": "normal", "language": ""}

    for sent, kept in (("10", 10), ("", 10), ("0", 0), ("3", 0)):
        browser.post("/settings/profile/", fields | {"undo_seconds": sent})
        assert type(member).objects.get(pk=member.pk).undo_seconds == kept
