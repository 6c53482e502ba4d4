"""Pinned notes: at the top of the thread and in the patient panel, for those who see the conversation."""

from uuid import uuid4

import pytest

from clinics.models import AuditEntry
from clinics.refusal import Refused
from inbox.models import Pin
from inbox.operations import glass, handling, noting
from tests.factories import make_conversation, make_identity, make_member, make_message

from .screens import HTMX, signed_in

ALLERGY = "Allergic to penicillin"


def make_note(conversation, text=ALLERGY, author=None):
    return handling.add_note(conversation, text, author=author, client_id=str(uuid4()))


def part(page: str, name: str) -> str:
    return page.split(f'id="{name}"')[1].split("</section>")[0]


def test_a_pinned_note_is_at_the_top_and_in_the_panel_with_who_and_when(member):
    conversation, olga = make_conversation(), make_member("Olga Owner")
    pinned = make_note(conversation, author=member)

    signed_in(olga).post(f"/messages/{pinned.pk}/pin/")

    page = signed_in(member).get(f"/conversations/{conversation.pk}/", headers=HTMX).content.decode()
    for name in ("pins", "panel-pins"):
        assert ALLERGY in part(page, name), name
    assert "Ada Agent" in part(page, "pins")
    assert "pinned by Olga Owner" in part(page, "pins")
    news = signed_in(member).get(f"/conversations/{conversation.pk}/news/").content.decode()
    assert ALLERGY in part(news, "pins")
    assert "private note, pinned" in news


def test_pinning_and_unpinning_are_on_record_and_done_once(member):
    pinned = make_note(make_conversation(), author=member)
    browser = signed_in(member)

    for body in ({}, {}, {"off": "1"}, {"off": "1"}):
        assert browser.post(f"/messages/{pinned.pk}/pin/", body).status_code == 204

    assert not Pin.objects.exists()
    told = AuditEntry.objects.filter(action__startswith="note.").order_by("created_at")
    assert list(told.values_list("action", flat=True)) == ["note.pinned", "note.unpinned"]
    assert ALLERGY not in str(list(told.values("detail")))


def test_a_note_of_the_patients_other_conversation_is_in_the_panel_only_for_who_sees_that(member):
    identity = make_identity()
    other = make_conversation(identity, assignee=member)
    here = make_conversation(make_identity(identity.contact))
    noting.pin_note(make_note(other, author=member), by=member)
    colleague = make_member("Ben Agent")

    def panel(who) -> str:
        page = signed_in(who).get(f"/conversations/{here.pk}/", headers=HTMX).content.decode()
        assert ALLERGY not in part(page, "pins")
        return part(page, "panel-pins")

    assert ALLERGY in panel(colleague)
    handling.mark_sensitive(other, by=member)
    assert (ALLERGY in panel(member), ALLERGY in panel(colleague)) == (True, False)


def test_what_a_patient_wrote_is_not_pinned(member):
    message = make_message(make_conversation())

    answer = signed_in(member).post(f"/messages/{message.pk}/pin/")

    assert (answer.status_code, Pin.objects.count()) == (422, 0)


def test_a_thread_has_room_for_five(member):
    conversation = make_conversation()
    for number in range(noting.MOST_PINNED):
        noting.pin_note(make_note(conversation, f"Note {number}", member), by=member)

    with pytest.raises(Refused, match="5 notes are pinned"):
        noting.pin_note(make_note(conversation, author=member), by=member)


def test_emergency_access_changes_no_pins(member):
    conversation = make_conversation(assignee=member)
    pinned = make_note(conversation, author=member)
    noting.pin_note(pinned, by=member)
    helper = make_member("Ines Agent", visibility="own")
    glass.break_glass(conversation, "Nobody else is here tonight", by=helper)

    answers = [
        signed_in(helper).post(f"/messages/{pinned.pk}/pin/", body).status_code for body in ({}, {"off": "1"})
    ]

    assert (answers, Pin.objects.count()) == ([422, 422], 1)


def test_a_bubble_drawn_before_is_drawn_anew_once_pinned(member):
    conversation = make_conversation()
    note = make_note(conversation, author=member)

    def thread() -> str:
        return signed_in(member).get(f"/conversations/{conversation.pk}/news/").content.decode()

    before = thread()
    noting.pin_note(note, by=member)
    assert ("note is-pinned" in before, "note is-pinned" in thread()) == (False, True)
