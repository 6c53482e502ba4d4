"""Emergency access: with a reason, for an hour, seen by everybody concerned, and not again and again."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from clinics.refusal import Refused
from contacts.models import ContactNote
from contacts.operations import define_field, patient_fields
from inbox import telling
from inbox.models import Conversation, GlassBreak
from inbox.operations import glass
from tests.factories import make_channel, make_clinic, make_conversation, make_member, make_message, make_team

from .screens import signed_in


def reason(member, conversation, text="The patient is having a seizure"):
    return signed_in(member).post(f"/conversations/{conversation.pk}/emergency/", {"reason": text})


@pytest.fixture
def hidden(clinic):
    """A conversation that Uma, an agent who sees her own only, does not see."""
    return make_conversation(assignee=make_member("Tom Agent"))


@pytest.fixture
def uma(clinic):
    return make_member("Uma Agent", visibility="own")


def test_a_reason_opens_it_for_an_hour_and_everybody_concerned_is_told(hidden, uma, admin):
    assert reason(uma, hidden).status_code == 302

    broken = GlassBreak.objects.get()
    assert (broken.member, broken.conversation) == (uma, hidden)
    assert broken.ends_at - broken.created_at == timedelta(hours=1)
    entry = AuditEntry.objects.get(action="conversation.glass_broken")
    assert (entry.member, entry.target_id, entry.detail) == (uma, str(hidden.pk), {"minutes": 60})
    assert hidden.messages.get().kind == "glass_broken"
    assert "seizure" not in str(hidden.messages.get().content)
    assert b"Emergency access was used once" in signed_in(admin).get("/").content
    assert b"seizure" in signed_in(admin).get("/settings/emergency/").content
    assert signed_in(uma).get("/settings/emergency/").status_code == 403


def test_each_view_during_it_is_on_record_and_the_page_closes_when_it_ends(hidden, uma):
    reason(uma, hidden)
    browser = signed_in(uma)
    for path in ("", "news/", "news/"):
        assert browser.get(f"/conversations/{hidden.pk}/{path}").status_code == 200

    seen = AuditEntry.objects.filter(action="conversation.opened", member=uma, target_id=str(hidden.pk))
    assert [entry.detail for entry in seen] == [{"emergency": "yes"}] * 3
    GlassBreak.objects.update(ends_at=timezone.now())
    assert browser.get(f"/conversations/{hidden.pk}/news/").status_code == 404
    assert browser.get(f"/conversations/{hidden.pk}/").status_code == 403


def test_hints_end_with_it(hidden, uma):
    topics = [f"conversation-{hidden.pk}"]
    reason(uma, hidden)
    look = telling.look(topics, [uma.pk])

    assert look.told(uma.pk, topics) == topics
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert look.told(uma.pk, topics) == []


@pytest.mark.parametrize("text", ["", "urgent", "         x  "])
def test_a_reason_is_more_than_a_word(hidden, uma, text):
    assert reason(uma, hidden, text).status_code == 403
    assert not GlassBreak.objects.exists()


def test_it_cannot_be_used_again_and_again(clinic, uma):
    for _number in range(glass.MOST_BROKEN):
        reason(uma, make_conversation(is_sensitive=True))

    assert reason(uma, make_conversation(is_sensitive=True)).status_code == 403
    assert GlassBreak.objects.count() == glass.MOST_BROKEN
    assert AuditEntry.objects.filter(action="conversation.glass_refused", member=uma).count() == 1


def test_a_clinic_may_leave_it_to_its_admins(clinic, hidden, uma, admin):
    clinic.emergency_access = "admins"
    clinic.save()

    assert reason(uma, hidden).status_code == 404
    assert signed_in(uma).get(f"/conversations/{hidden.pk}/").status_code == 404
    Conversation.objects.update(is_sensitive=True)
    assert reason(admin, hidden).status_code == 302


def test_the_whole_number_finds_it_and_a_part_of_it_does_not(hidden, uma):
    browser, number = signed_in(uma), hidden.identity.wa_id

    assert browser.post("/emergency/", {"number": f"+{number}"}).context["found"] == [hidden.pk]
    assert browser.post("/emergency/", {"number": number[:-1]}).context["found"] == []
    found = AuditEntry.objects.filter(action="emergency.looked_up", member=uma).order_by("pk")
    assert [entry.detail for entry in found] == [{"found": 1}, {"found": 0}]


def test_numbers_cannot_be_tried_out(clinic, uma):
    browser = signed_in(uma)
    for number in range(glass.MOST_LOOKED_UP):
        browser.post("/emergency/", {"number": f"44770090{number:04}"})

    assert browser.post("/emergency/", {"number": "447700901234"}).status_code == 429


def test_admins_take_note_and_the_notice_goes(hidden, uma, admin):
    reason(uma, hidden)
    browser = signed_in(admin)

    browser.post("/settings/emergency/")

    assert GlassBreak.objects.get().noticed_by == admin
    assert b"Emergency access was used" not in browser.get("/").content


def state_of(conversation):
    fields = ("assignee", "team", "is_sensitive", "status", "snoozed_until", "unread")
    return Conversation.objects.values(*fields).get(pk=conversation.pk)


@pytest.mark.parametrize("role", ["agent", "admin"])
@pytest.mark.parametrize(
    ("status", "path", "fields"),
    [
        ("open", "assign", {"member": "ME"}),
        ("open", "assign", {"team": "MY TEAM"}),
        ("open", "sensitive", {"off": "1"}),
        ("open", "close", {}),
        ("open", "snooze", {"until": "hours"}),
        ("open", "unread", {}),
        ("closed", "reopen", {}),
    ],
)
def test_it_lets_nobody_change_what_outlasts_it(clinic, role, status, path, fields):
    visitor, holder = make_member("Vera Visitor", role=role, visibility="own"), make_member("Tom Agent")
    theirs = {"ME": visitor.pk, "MY TEAM": make_team("Theirs", [visitor]).pk}
    conversation = make_conversation(assignee=holder, is_sensitive=True, status=status)
    reason(visitor, conversation)
    before = state_of(conversation)

    posted = {name: theirs.get(value, value) for name, value in fields.items()}
    answer = signed_in(visitor).post(f"/conversations/{conversation.pk}/{path}/", posted)

    assert "Emergency access lets you read and answer" in answer["HX-Trigger"]
    assert state_of(conversation) == before


def test_a_mark_that_would_make_it_ones_own_is_refused_too(clinic, uma):
    nobodys = make_conversation()
    reason(uma, nobodys)

    signed_in(uma).post(f"/conversations/{nobodys.pk}/sensitive/")

    assert (state_of(nobodys)["assignee"], state_of(nobodys)["is_sensitive"]) == (None, False)


def test_the_page_offers_what_it_permits(hidden, uma):
    reason(uma, hidden)
    browser, page = signed_in(uma), f"/conversations/{hidden.pk}/"
    drawn = browser.get(page).content.decode()

    refused = ("assign", "close", "snooze", "sensitive", "unread")
    assert [each for each in refused if f"{page}{each}/" in drawn] == []
    assert f"{page}messages/" in drawn
    assert "You can read and answer" in drawn


def test_the_page_does_not_offer_to_forward_what_would_be_refused(clinic, hidden, uma):
    message = make_message(hidden, "Where are you?")
    reason(uma, hidden)
    browser, page = signed_in(uma), f"/conversations/{hidden.pk}/"
    offered = f"/messages/{message.pk}/forward/"

    pages = [browser.get(page + more).content.decode() for more in ("", "news/")]
    Conversation.objects.update(assignee=uma)
    pages += [browser.get(page).content.decode()]

    assert [message.text in drawn for drawn in pages] == [True, True, True]
    assert [offered in drawn for drawn in pages] == [False, False, True]


def test_what_was_unread_stays_so_for_those_who_look_after_it(hidden, uma):
    make_message(hidden)
    Conversation.objects.update(unread=1)
    reason(uma, hidden)

    assert signed_in(uma).post(f"/conversations/{hidden.pk}/read/").status_code == 204

    assert state_of(hidden)["unread"] == 1


def test_an_admin_may_give_away_what_nobody_who_works_here_holds(clinic, admin):
    left, heir = make_member("Gone Agent", is_active=False), make_member("Tom Agent")
    orphan = make_conversation(assignee=left, is_sensitive=True)
    reason(admin, orphan)

    signed_in(admin).post(f"/conversations/{orphan.pk}/assign/", {"member": heir.pk})

    assert state_of(orphan)["assignee"] == heir.pk


@pytest.mark.parametrize("part", ["5", "54", "521", "55"])
def test_the_beginning_of_a_number_finds_nobody(hidden, uma, part):
    assert glass.look_up(part, by=uma) == []


@pytest.mark.django_db(transaction=True)
def test_numbers_that_are_tried_at_the_same_moment_are_counted_one_by_one():
    clinic = make_clinic()
    with clinic_scope(clinic.pk):
        uma = make_member("Uma Agent", visibility="own")
        for _number in range(glass.MOST_LOOKED_UP - 1):
            glass.look_up("447700901234", by=uma)
    is_looked_up = Event()

    def last_one():
        with clinic_scope(clinic.pk), transaction.atomic():
            glass.look_up("447700901234", by=uma)
            is_looked_up.set()
            time.sleep(0.3)  # the other one must wait for the end of this request
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(last_one)
        assert is_looked_up.wait(30)
        with pytest.raises(Refused), clinic_scope(clinic.pk):
            glass.look_up("447700901234", by=uma)
        other.result(30)


@pytest.fixture
def in_an_emergency(hidden, uma):
    """Uma in the conversation's patient panel, where one of the clinic's fields stands and a note of hers."""
    define_field("Doctor", "text", by=None)
    note = ContactNote.objects.create(contact=hidden.contact, author=uma, text="Calls in the morning")
    reason(uma, hidden)
    return hidden.contact, note


def known_of(contact):
    contact.refresh_from_db()
    facts = (
        contact.name,
        contact.note,
        contact.language,
        contact.time_zone,
        contact.writing_for,
        contact.fields,
    )
    return facts, list(contact.notes.values_list("text", flat=True))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", {"name": "Somebody Else"}),
        ("", {"note": "Owes us money"}),
        ("fields/FIELD/", {"value": "Dr Sample"}),
        ("notes/", {"text": "Uma was here"}),
        ("notes/NOTE/", {"text": "Calls at night"}),
        ("notes/NOTE/", {"text": ""}),
    ],
)
def test_nothing_that_is_known_of_the_patient_is_changed_by_it(in_an_emergency, uma, path, told):
    contact, note = in_an_emergency
    before, field = known_of(contact), patient_fields().get()
    path = path.replace("FIELD", str(field.pk)).replace("NOTE", str(note.pk))

    answer = signed_in(uma).post(f"/contacts/{contact.pk}/{path}", told)

    assert answer.status_code == 422
    assert answer.json()["sentence"].startswith("Emergency access lets you read and answer")
    assert known_of(contact) == before


def test_who_also_sees_the_patient_by_right_may_change_what_is_known(in_an_emergency, uma):
    contact, _note = in_an_emergency
    make_conversation(contact.identities.get(), make_channel(), assignee=uma)

    assert signed_in(uma).post(f"/contacts/{contact.pk}/", {"name": "New Name"}).status_code == 204

    assert known_of(contact)[0][0] == "New Name"


def test_the_panel_can_be_read_in_an_emergency_and_says_why_no_more(in_an_emergency, hidden, uma):
    drawn = signed_in(uma).get(f"/conversations/{hidden.pk}/panel/").content.decode()

    assert "Emergency access lets you read and answer" in drawn
    controls = [tag for tag in re.findall("<(?:input|textarea|select)[^>]*>", drawn) if "name=" in tag]
    assert [tag for tag in controls if "readonly" not in tag and "disabled" not in tag] == []
    assert "Calls in the morning" in drawn
    assert "data-deletes-note" not in drawn
