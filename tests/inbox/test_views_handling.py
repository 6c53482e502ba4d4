"""Assigning, closing, snoozing, notes, reading: what the buttons do, and what the thread and the screens are told."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.utils import timezone

from inbox.models import Attachment, Change, Conversation, Episode, Message
from inbox.operations import handling
from tests.factories import make_channel, make_conversation, make_member, make_message, make_team

from .screens import signed_in


def press(by, conversation, button, seen="", **fields):
    query = f"?{urlencode({'seen': seen})}" if seen else ""
    return signed_in(by).post(f"/conversations/{conversation.pk}/{button}/{query}", fields)


def events(conversation) -> list[tuple[str, dict]]:
    told = conversation.messages.filter(direction="event").order_by("sent_at")
    return [(event.kind, event.content) for event in told]


def fresh(conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def test_a_member_takes_a_conversation(member):
    conversation = make_conversation()

    answer = press(member, conversation, "assign", member=member.pk)

    assert (answer.status_code, "HX-Trigger" in answer.headers) == (200, True)
    assert fresh(conversation).assignee == member
    assert events(conversation) == [("assigned", {"by": "Ada Agent", "to": "Ada Agent"})]
    assert Change.objects.get().topics == [f"conversation-{conversation.pk}", "left-nobody"]


def test_a_team_gets_a_conversation_and_a_member_of_it_takes_it_from_there(member):
    conversation, team = make_conversation(), make_team(members=[member])

    press(member, conversation, "assign", team=team.pk)
    waiting = fresh(conversation)
    press(member, conversation, "assign", member=member.pk)

    assert (waiting.assignee, waiting.team) == (None, team)
    assert (fresh(conversation).assignee, fresh(conversation).team) == (member, team)


def test_nobody_holds_it_after_it_is_given_back(member):
    conversation = make_conversation(assignee=member, team=make_team())

    press(member, conversation, "assign", member="")

    assert (fresh(conversation).assignee, fresh(conversation).team) == (None, None)


def test_a_member_who_left_cannot_be_given_work(member):
    conversation, gone = make_conversation(), make_member("Gone Agent", is_active=False)

    assert press(member, conversation, "assign", member=gone.pk).status_code == 422
    assert events(conversation) == []


def test_closing_ends_the_episode_and_reopening_begins_another(member):
    conversation = make_conversation(unread=2, waiting_since=timezone.now())

    press(member, conversation, "close")
    closed = fresh(conversation)
    press(member, conversation, "reopen")

    assert (closed.status, closed.unread, closed.waiting_since) == ("closed", 0, None)
    assert fresh(conversation).status == "open"
    assert [episode.closed_by for episode in Episode.objects.order_by("opened_at")] == [member, None]
    assert [kind for kind, _content in events(conversation)] == ["closed", "reopened"]


def shown(conversation) -> str:
    """What the close button of a page drawn now sends along."""
    return conversation.last_inbound_at.isoformat()


@pytest.mark.parametrize(("button", "chosen"), [("close", {}), ("snooze", {"until": "hours"})])
def test_a_message_that_has_just_come_in_is_not_hidden_by_a_page_drawn_before(member, button, chosen):
    conversation = make_conversation()
    seen = shown(conversation)
    Conversation.objects.update(last_inbound_at=timezone.now(), unread=1, waiting_since=timezone.now())

    answer = press(member, conversation, button, seen=seen, **chosen)

    assert "has just written" in answer["HX-Trigger"]
    assert urlencode({"seen": shown(fresh(conversation))}) in answer.content.decode()
    assert (fresh(conversation).status, fresh(conversation).unread) == ("open", 1)
    assert press(member, conversation, button, seen=shown(fresh(conversation)), **chosen).status_code == 200
    assert fresh(conversation).status != "open"


def test_a_row_read_before_a_message_came_does_not_overwrite_it(member):
    stale = make_conversation(status="closed")
    Episode.objects.create(conversation=stale)
    Conversation.objects.update(status="open", unread=1)

    handling.snooze(stale, until=timezone.now() + timedelta(hours=1), by=member)
    handling.close(fresh(stale), by=member)
    handling.close(stale, by=member)

    assert [kind for kind, _content in events(stale)] == ["snoozed", "closed"]
    assert Episode.objects.filter(closed_at=None).count() == 0


@pytest.mark.parametrize("button", ["close", "reopen"])
def test_pressing_twice_does_it_once(member, button):
    conversation = make_conversation(status="open" if button == "close" else "closed")

    for _press in range(2):
        press(member, conversation, button)

    assert len(events(conversation)) == 1


def test_snoozed_until_tomorrow_morning_in_the_clinics_zone(clinic, member):
    clinic.time_zone = "America/Mexico_City"
    clinic.save()
    conversation = make_conversation()

    press(member, conversation, "snooze", until="tomorrow")

    until = fresh(conversation).snoozed_until.astimezone(timezone.zoneinfo.ZoneInfo(clinic.time_zone))
    assert (fresh(conversation).status, until.hour, until.minute) == ("snoozed", 9, 0)


def test_snoozed_until_two_hours_are_left_to_answer(member):
    conversation = make_conversation(last_inbound_at=timezone.now() - timedelta(hours=20))
    closes_at = conversation.window_closes_at

    press(member, conversation, "snooze", until="window")

    assert fresh(conversation).snoozed_until == closes_at - timedelta(hours=2)


def test_where_less_is_left_it_is_not_offered_and_refused_in_words(member):
    conversation = make_conversation(last_inbound_at=timezone.now() - timedelta(hours=23))
    offered = make_conversation(last_inbound_at=timezone.now() - timedelta(hours=20))

    answer = press(member, conversation, "snooze", until="window")

    assert "still to come" in answer["HX-Trigger"]
    assert fresh(conversation).status == "open"
    pages = [signed_in(member).get(f"/conversations/{each.pk}/").text for each in (offered, conversation)]
    assert ['value="window"' in page for page in pages] == [True, False]


def test_snoozing_into_the_past_is_refused_in_words(member):
    conversation = make_conversation()
    past = (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")

    answer = press(member, conversation, "snooze", at=past)

    assert "still to come" in answer["HX-Trigger"]
    assert fresh(conversation).status == "open"


def test_reading_clears_the_count_and_unread_brings_it_back(member):
    conversation = make_conversation(unread=3)

    press(member, conversation, "read")
    read = fresh(conversation).unread
    press(member, conversation, "unread")

    assert (read, fresh(conversation).unread) == (0, 1)


def test_a_note_is_written_once_and_moves_nothing(member):
    conversation = make_conversation(unread=1, preview="Hello")
    note = {"client_id": uuid4(), "mode": "note", "text": "Call her sister"}

    answers = [press(member, conversation, "messages", **note) for _try in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [each.text for each in conversation.messages.filter(direction="note")] == ["Call her sister"]
    assert (fresh(conversation).preview, fresh(conversation).unread) == ("Hello", 1)


def test_a_sent_text_is_queued_once_and_drawn(member):
    conversation = make_conversation()
    text = {"client_id": uuid4(), "mode": "reply", "text": "See you at ten"}

    answers = [press(member, conversation, "messages", **text) for _try in range(2)]

    assert [(answer.status_code, "See you at ten" in answer.content.decode()) for answer in answers] == [
        (200, True)
    ] * 2
    assert [(each.text, each.state, each.author) for each in Message.objects.filter(direction="out")] == [
        ("See you at ten", "queued", member)
    ]


def test_outside_the_window_a_text_is_refused_in_a_sentence(member):
    conversation = make_conversation(last_inbound_at=timezone.now() - timedelta(hours=25))

    answer = press(member, conversation, "messages", client_id=uuid4(), mode="reply", text="Hello?")

    assert (answer.status_code, answer.json()["code"]) == (422, "window_closed")
    assert Message.objects.filter(direction="out").count() == 0


@pytest.mark.parametrize(
    "fields", [{"text": "  "}, {"text": "x" * 4097}, {"attachment": uuid4()}, {"reply_to": uuid4()}]
)
def test_what_cannot_be_sent_is_refused_in_words(member, fields):
    answer = press(
        member, make_conversation(), "messages", **{"client_id": uuid4(), "mode": "reply"} | fields
    )

    assert answer.status_code == 422
    assert answer.json()["sentence"]


def test_a_file_of_another_patients_thread_or_of_another_number_cannot_be_sent(member):
    conversation = make_conversation()
    theirs = make_message()
    fields = {"kind": "image", "state": "stored", "file": "x"}
    files = [
        Attachment.objects.create(channel=theirs.channel, message=theirs, **fields),
        Attachment.objects.create(channel=make_channel(), **fields),
    ]

    answers = [
        press(member, conversation, "messages", client_id=uuid4(), mode="reply", attachment=file.pk)
        for file in files
    ]

    assert [answer.status_code for answer in answers] == [422, 422]


def test_retrying_makes_a_new_message_and_keeps_the_old_one_as_it_was(member):
    conversation = make_conversation()
    failed = make_message(conversation, "Again", direction="out", state="failed", error_code="131056")

    answer = signed_in(member).post(f"/messages/{failed.pk}/retry/", {"client_id": uuid4()})

    assert answer.status_code == 200
    states = Message.objects.filter(direction="out").order_by("created_at").values_list("text", "state")
    assert list(states) == [("Again", "retried"), ("Again", "queued")]


def test_a_corrected_name_stays_and_the_note_is_kept(member):
    conversation = make_conversation()
    contact, url = conversation.contact, f"/contacts/{conversation.contact_id}/"

    answers = [
        signed_in(member).post(url, {"name": "Nora Right"}).status_code,
        signed_in(member).post(url, {"note": "Prefers mornings"}).status_code,
    ]

    contact.refresh_from_db()
    assert (answers, contact.name, contact.is_name_edited, contact.note) == (
        [204, 204], "Nora Right", True, "Prefers mornings",
    )  # fmt: skip
