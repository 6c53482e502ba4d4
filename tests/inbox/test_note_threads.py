"""Notes that answer a note: in the thread below it, at their own time when that is elsewhere, told to who took part."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clinics.refusal import Refused
from inbox import notes, notices, queries
from inbox.models import AlertChoices, KeptDraft, Mention, Message, NoteAnswer, Notice, Pin
from inbox.operations import drafting, handling, noting
from inbox.views.bubbles import bubbles
from tests.factories import make_conversation, make_member, make_message

from .screens import HTMX, queries_of, signed_in


@pytest.fixture
def ben(clinic):
    return make_member("Ben Agent")


@pytest.fixture
def conversation(clinic):
    return make_conversation()


@pytest.fixture
def note(conversation, member):
    return write(conversation, "Is the rash new?", member)


def write(conversation, text, author, answers=None, client_id=""):
    client_id = client_id or str(uuid4())
    return handling.add_note(conversation, text, author=author, client_id=client_id, answers=answers)


def told() -> dict[str, bool]:
    """Whom the notes are for, and whether because of a thread."""
    return dict(Mention.objects.values_list("member__name", "is_answer"))


def thread_of(note) -> list[str]:
    notes.fetch_threads([note])
    return [answer.text for answer in note.thread]


def news(member, conversation) -> str:
    return signed_in(member).get(f"/conversations/{conversation.pk}/news/").content.decode()


def element(page: str, message) -> str:
    """The message's own element among those of a thread."""
    found = re.search(rf'<li id="message-{message.pk}".*?(?=<li id="message-|<section|\Z)', page, re.DOTALL)
    return found[0] if found else ""


def test_an_answer_stands_below_the_note_for_all_who_see_it(conversation, note, member, ben):
    body = {"mode": "note", "text": "Since Monday", "client_id": str(uuid4()), "reply_to": note.pk}

    answer = signed_in(ben).post(f"/conversations/{conversation.pk}/messages/", body)

    assert answer.status_code == 200
    below = element(news(member, conversation), note)
    assert "Since Monday" in below
    assert "1 answer" in below
    assert "Answers to the note by Ada Agent" in below


def test_a_note_that_no_member_wrote_is_called_the_clinics(conversation, note, member):
    answer = write(conversation, "Since Monday", member, note)
    Message.objects.filter(pk__in=[note.pk, answer.pk]).update(author=None)
    make_message(conversation, "Between them", sent_at=note.sent_at)

    page = news(member, conversation)

    assert "Answer the note by Clinic" in page
    assert "Answers to the note by Clinic" in page
    assert "Clinic added to their note" in page


def test_what_answers_an_answer_is_in_the_same_thread(conversation, note, member, ben):
    first = write(conversation, "Since Monday", ben, note)

    write(conversation, "Thank you", member, first)

    assert thread_of(note) == ["Since Monday", "Thank you"]


def test_the_same_answer_asked_twice_is_one_even_when_the_thread_is_full(
    conversation, note, ben, monkeypatch
):
    monkeypatch.setattr(noting, "MOST_ANSWERS", 1)
    client_id = str(uuid4())

    made = {write(conversation, "Since Monday", ben, note, client_id).pk for _try in range(2)}

    assert (len(made), thread_of(note)) == (1, ["Since Monday"])
    with pytest.raises(Refused, match="1 answers already"):
        write(conversation, "More", ben, note)


@pytest.mark.parametrize("direction", ["in", "out"])
def test_only_notes_are_answered_by_notes(conversation, ben, direction):
    message = make_message(conversation, direction=direction)

    with pytest.raises(Refused, match="write a reply"):
        write(conversation, "Really?", ben, message)

    assert not NoteAnswer.objects.exists()


def test_a_note_of_another_conversation_is_not_answered_here(conversation, note, ben):
    elsewhere = make_conversation()
    body = {"mode": "note", "text": "Since Monday", "client_id": str(uuid4()), "reply_to": note.pk}

    answer = signed_in(ben).post(f"/conversations/{elsewhere.pk}/messages/", body)

    assert (answer.status_code, NoteAnswer.objects.count()) == (422, 0)


def test_who_took_part_is_told_and_nobody_else(conversation, member, ben):
    ines, _olga = make_member("Ines Agent"), make_member("Olga Owner")
    note = write(conversation, "@Ines Agent is the rash new?", member)
    Mention.objects.all().delete()
    write(conversation, "I do not know", ben, note)
    Mention.objects.update(seen_at=timezone.now())

    write(conversation, "Since Monday", ines, note)

    unseen = Mention.objects.filter(seen_at=None)
    assert sorted(unseen.values_list("member__name", "is_answer")) == [
        ("Ada Agent", True),
        ("Ben Agent", True),
    ]
    assert notes.unseen_mentions(ben) == {conversation.pk}


def test_who_was_called_in_the_thread_took_part(conversation, note, ben):
    make_member("Ines Agent")
    write(conversation, "@Ines Agent knows", ben, note)
    Mention.objects.update(seen_at=timezone.now())

    write(conversation, "I have asked her", ben, note)

    unseen = Mention.objects.filter(seen_at=None)
    assert sorted(unseen.values_list("member__name", flat=True)) == ["Ada Agent", "Ines Agent"]


def test_who_is_named_in_the_answer_is_told_once_as_named(conversation, note, ben):
    write(conversation, "@Ada Agent since Monday", ben, note)

    assert told() == {"Ada Agent": False}


def test_who_sees_the_conversation_no_more_is_told_nothing(conversation, note, member, ben):
    handling.assign(conversation, to=ben, by=ben)
    type(member).objects.filter(pk=member.pk).update(visibility="own")

    write(conversation, "Since Monday", ben, note)

    assert told() == {}


def test_a_letter_says_that_somebody_answered_and_leads_there(conversation, note, member, ben):
    AlertChoices.objects.create(member=member, mails=["mentioned"])

    answer = write(conversation, "Since Monday", ben, note)

    notice = Notice.objects.get()
    assert notices.sentence(notice) == "A colleague answered in a thread of notes where you took part."
    assert notices.path_of(notice) == f"/conversations/{conversation.pk}/?message={answer.pk}"
    assert notices.is_current(notice)


def test_right_below_its_note_an_answer_is_not_drawn_a_second_time(conversation, note, member, ben):
    first = write(conversation, "Since Monday", ben, note)
    make_message(conversation, "It itches")
    later = write(conversation, "She says it itches", ben, note)

    page = news(member, conversation)

    assert " hidden>" in element(page, first).split("<a ")[0]
    assert " hidden>" not in element(page, later).split("<a ")[0]
    assert "Ben Agent answered the note by Ada Agent" in element(page, later)


def test_on_another_day_an_answer_shows_at_its_own_time(conversation, note, ben):
    Message.objects.filter(pk=note.pk).update(sent_at=timezone.now() - timedelta(days=1))
    write(conversation, "Since Monday", ben, note)

    drawn = bubbles(queries.thread_page(conversation)[0])

    assert [bubble.is_right_below for bubble in drawn] == [False, False]


def test_a_note_on_an_older_page_is_told_anew_with_its_thread(conversation, note, member, ben):
    Message.objects.filter(pk=note.pk).update(sent_at=timezone.now() - timedelta(hours=1))
    for number in range(queries.BUBBLES):
        make_message(conversation, f"Message {number}")
    write(conversation, "Since Monday", ben, note)

    page = news(member, conversation)

    newest, threads = page.split('<ol id="threads">')
    assert element(newest, note) == ""
    assert "Since Monday" in element(threads, note)


def test_a_found_answer_opens_the_thread_around_its_note(conversation, note, member, ben):
    answer = write(conversation, "Since Monday", ben, note)
    Message.objects.filter(pk=note.pk).update(sent_at=timezone.now() - timedelta(hours=1))
    for number in range(queries.BUBBLES):
        make_message(conversation, f"Message {number}", sent_at=timezone.now() - timedelta(minutes=30))
    browser = signed_in(member)

    found = browser.post(f"/conversations/{conversation.pk}/find/", {"q": "monday"}).json()["found"]
    page = browser.get(f"/conversations/{conversation.pk}/?message={found[0]}", headers=HTMX).content.decode()

    assert found == [str(answer.pk)]
    assert f'data-jump="{answer.pk}"' in page
    assert f'id="answer-{answer.pk}"' in page


def test_a_pinned_note_carries_its_thread(conversation, note, member, ben):
    answer = write(conversation, "Since Monday", ben, note)

    noting.pin_note(answer, by=ben)

    page = news(member, conversation)
    for part in ("pins", "panel-pins"):
        pinned = page.split(f'id="{part}"')[1].split("</section>")[0]
        assert ("rash" in pinned, "1 answer" in pinned, "Ben Agent" in pinned) == (True, True, True), part

    noting.unpin_note(answer, by=ben)
    assert not Pin.objects.exists()


def test_a_long_thread_stands_closed(conversation, note, member, ben):
    for number in range(4):
        write(conversation, f"Answer {number}", ben, note)
        assert (" open>" in element(news(member, conversation), note)) == (number < 3)

    assert "4 answers" in element(news(member, conversation), note)


def test_a_draft_of_an_answer_keeps_what_it_answers_and_ends_when_sent(conversation, note, member, ben):
    kept = {"member": ben, "mode": "note", "text": "Since", "reply_to": note, "revision": 0}
    revision = drafting.keep_draft(conversation, **kept)
    page = signed_in(ben).get(f"/conversations/{conversation.pk}/draft/").content.decode()
    assert f'data-quotes="{note.pk}"' in page
    assert 'data-quoted-by="Ada Agent"' in page

    body = {"mode": "note", "text": "Since Monday", "client_id": str(uuid4()), "reply_to": note.pk}
    signed_in(ben).post(f"/conversations/{conversation.pk}/messages/", body | {"draft": revision})

    assert not KeptDraft.objects.exists()


def test_a_thread_costs_the_same_with_one_and_three_answers(
    conversation, note, member, ben, django_assert_max_num_queries
):
    counted, url = [], f"/conversations/{conversation.pk}/news/"
    noting.pin_note(note, by=ben)
    for number in range(3):
        write(conversation, f"Answer {number}", ben, note)
        counted.append(queries_of(signed_in(member), url, django_assert_max_num_queries))

    assert counted[0] == counted[2]
