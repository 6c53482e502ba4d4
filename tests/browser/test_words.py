"""Words at hand in a real browser: `/` for saved replies, `//` for templates, `@` for colleagues, pinned notes."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member, Role
from contacts.models import Contact
from inbox.operations.handling import add_note
from inbox.operations.replies import Wording, create_reply
from inbox.queries import BUBBLES
from tests.browser.desk import open_thread
from tests.browser.test_inbox import violations
from tests.factories import make_member, make_message
from tests.inbox.files import jpeg
from tests.inbox.templates import make_template

pytestmark = pytest.mark.django_db(transaction=True)

WAY = Wording("How to find us", {"en": "Hello {{contact.first_name}}, by bus 5."}, "way", True)
TIME = Wording("Opening hours", {"en": "We open at {{hour}}."}, "open", True)


def save(desk, *wordings):
    with clinic_scope(desk.clinic.pk):
        for wording in wordings:
            create_reply(wording, by=desk.member)


def test_a_saved_reply_is_found_chosen_and_taken_back_by_keyboard(desk):
    save(desk, WAY, TIME)
    page = desk.sit_down()
    open_thread(page, "Nora")
    text = page.locator("[data-composer-text]")
    text.press_sequentially("Of course. /bus")

    expect(page.locator(".suggest-item:visible")).to_have_count(1)
    expect(page.locator("[data-suggest-preview]")).to_have_text("Hello Nora, by bus 5.")
    expect(text).to_have_attribute(
        "aria-activedescendant", page.locator(".suggest-item:visible").get_attribute("id")
    )
    text.press("Enter")
    expect(text).to_have_value("Of course. Hello Nora, by bus 5.")
    text.press("Control+z")
    expect(text).to_have_value("Of course. /bus")
    text.press("Escape")
    text.press_sequentially(" stops here")
    expect(page.locator("[data-suggest]")).to_be_hidden()
    assert desk.sent() == []


def test_what_is_not_filled_in_is_marked_and_asked_about_before_it_leaves(desk):
    save(desk, WAY, TIME)
    with clinic_scope(desk.clinic.pk):
        Contact.objects.filter(name="Nora Example").update(name="+44 7700 900555")
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/")
    text = page.locator("[data-composer-text]")
    text.press_sequentially("/way")
    expect(page.locator(".suggest-item:visible")).to_have_count(1)
    text.press("ArrowDown")
    text.press("Tab")

    text.press("Enter")
    expect(page.locator("[data-line-unfilled]")).to_contain_text("{{contact.first_name}}")
    expect(page.locator(".message.is-out")).to_have_count(0)
    page.keyboard.type("there")
    expect(page.locator("[data-line-unfilled]")).to_be_hidden()
    page.keyboard.press("Enter")

    expect(page.locator(".message.is-out:not(.is-pending)")).to_contain_text("Hello there, by bus 5.")
    assert desk.sent() == ["Hello there, by bus 5."]


def test_a_file_of_a_saved_reply_goes_along(desk):
    with clinic_scope(desk.clinic.pk):
        Member.objects.filter(pk=desk.member.pk).update(role=Role.ADMIN)
        reply = create_reply(WAY, by=desk.member)
    page = desk.sit_down(f"/settings/replies/{reply.pk}/")
    map_of_the_way = {"name": "map.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    page.set_input_files("#reply-file", map_of_the_way)
    page.get_by_role("button", name="Add file").click()
    expect(page.get_by_role("button", name="Remove map.jpg")).to_be_visible()

    page.goto(f"{desk.address}/conversations/{desk.threads[0].pk}/")
    page.locator("[data-composer-text]").press_sequentially("/way")
    expect(page.locator(".suggest-item:visible")).to_have_count(1)
    page.keyboard.press("Enter")

    expect(page.locator(".upload.is-done")).to_contain_text("map.jpg")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-out:not(.is-pending)")).to_contain_text("Hello Nora, by bus 5.")
    expect(page.locator(".message.is-out img")).to_be_visible()


def test_a_colleague_is_called_in_a_note_and_told_at_once(desk):
    with clinic_scope(desk.clinic.pk):
        ben = make_member("Bén Agent")  # found without typing the accent
        make_member("Uma Agent", visibility="own")
    page = desk.sit_down()
    desk.person = ben.user
    theirs = desk.sit_down()
    theirs.evaluate("document.hasFocus = () => false")  # they look elsewhere: a sound, as they chose
    theirs.evaluate(
        "document.addEventListener('chime', () => (document.documentElement.dataset.heard = 'yes'))"
    )
    expect(theirs.locator(".switcher-mentions .badge")).to_have_count(0)
    open_thread(page, "Nora")
    page.keyboard.press("n")
    page.keyboard.type("@")
    expect(page.locator(".suggest-item:visible")).to_have_text(["BABén Agent"])
    page.keyboard.type("be")
    page.keyboard.press("Enter")
    page.keyboard.type("please call her")
    page.keyboard.press("Enter")

    expect(page.locator(".note .mention")).to_have_text("@Bén Agent")
    expect(theirs.locator(".switcher-mentions .badge")).to_have_text("1")
    expect(theirs.locator(".toast")).to_contain_text("a note for you")
    expect(theirs.locator("html")).to_have_attribute("data-heard", "yes")
    theirs.evaluate("delete document.hasFocus")
    theirs.locator(".toast button").click()
    theirs.locator(".row-link", has_text="note for you").click()
    expect(theirs.locator(".note .mention")).to_be_visible()
    expect(theirs.locator(".switcher-mentions .badge")).to_have_count(0)
    theirs.locator(".note").hover()
    theirs.locator(".note [data-pin]").click()
    expect(theirs.locator("#pins")).to_contain_text("pinned by Bén Agent")
    expect(page.locator("#panel-pins")).to_contain_text("please call her")


def test_a_note_is_answered_by_keyboard_and_its_thread_grows_before_a_colleagues_eyes(desk):
    with clinic_scope(desk.clinic.pk):
        ben = make_member("Ben Agent")
        note = add_note(desk.threads[0], "Is the rash new?", author=ben, client_id=str(uuid4()))
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/?message={note.pk}")
    desk.person = ben.user
    theirs = desk.sit_down(f"/conversations/{desk.threads[0].pk}/")
    theirs.get_by_role("button", name="Pin this note").focus()

    page.keyboard.press("Shift+N")
    expect(page.locator("[data-reply-bar]")).to_contain_text("Answer to the note by Ben Agent")
    expect(page.get_by_role("button", name="Do not answer this note")).to_be_visible()
    page.keyboard.type("Since")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Answer the note by Ben Agent")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator("[data-composer-text]")).to_be_focused()
    page.keyboard.type(" Monday")
    page.keyboard.press("Enter")

    thread = theirs.get_by_role("list", name="Answers to the note by Ben Agent")
    expect(thread).to_contain_text("Since Monday")
    expect(theirs.get_by_role("button", name="Pin this note")).to_be_focused()
    expect(page.locator(".answer")).to_have_text(re.compile("Ada Agent.*Since Monday", re.DOTALL))
    expect(page.locator("[data-reply-bar]")).to_be_hidden()
    expect(page.locator(".note.is-pending")).to_have_count(0)

    theirs.locator(".answers summary").press("Enter")
    expect(thread).to_be_hidden()
    page.keyboard.type("Not an answer")
    page.keyboard.press("Enter")
    expect(theirs.locator(".note")).to_have_count(2)
    page.locator(".answers-more").press("Enter")
    page.keyboard.type("It does not itch")
    page.keyboard.press("Enter")
    expect(theirs.locator(".answers summary")).to_contain_text("2 answers · Ada Agent")
    expect(thread).to_be_hidden()
    theirs.locator(".note-answer-link:visible").press("Enter")
    expect(thread.locator(".is-found")).to_contain_text("It does not itch")


def test_an_answer_shows_below_a_note_that_is_further_up_than_the_newest_messages(desk):
    thread = desk.threads[0]
    with clinic_scope(desk.clinic.pk):
        ben = make_member("Ben Agent")
        note = add_note(thread, "Is the rash new?", author=ben, client_id=str(uuid4()))
        for number in range(BUBBLES + 20):
            make_message(thread, f"Message {number}")
    page = desk.sit_down(f"/conversations/{thread.pk}/?message={note.pk}")
    expect(page.locator("#newer")).to_be_attached()

    with clinic_scope(desk.clinic.pk):
        answer = add_note(thread, "Since Monday", author=ben, client_id=str(uuid4()), answers=note)

    expect(page.locator(f"#message-{note.pk} .answer")).to_contain_text("Since Monday")
    page.goto(f"{desk.address}/conversations/{thread.pk}/")
    page.locator(f"#message-{answer.pk} a").click()
    expect(page.locator(f"#answer-{answer.pk}")).to_be_in_viewport()


def test_two_slashes_open_the_templates_and_the_keyboard_sends_one(desk):
    with clinic_scope(desk.clinic.pk):
        make_template(desk.channel, {"type": "BODY", "text": "Hello {{1}}, welcome."}, name="welcome")
        make_template(desk.channel, name="reminder", status="PAUSED")
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.keyboard.press("r")
    page.keyboard.type("//")

    expect(page.locator("[data-picker-filter]")).to_be_focused()
    expect(page.locator("[data-composer-text]")).to_have_value("")
    expect(page.locator(".picker-blocked")).to_contain_text("Paused by Meta")
    page.keyboard.type("wel")
    expect(page.locator(".picker-list > li:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".preview-body")).to_have_text("Hello Nora, welcome.")
    page.locator("[data-picker] [data-picker-close]").click()
    expect(page.locator("[data-composer-text]")).to_be_focused()


def test_a_message_is_forwarded_to_a_patient_who_is_named_once_more(desk):
    page = desk.sit_down(bypass_csp=True)
    open_thread(page, "Nora")
    page.locator(".message.is-in").first.hover()
    page.get_by_role("button", name="Forward this message").first.click()
    dialog = page.locator("#forward")
    expect(dialog).to_contain_text("Hello from Nora Example")
    page.keyboard.type("sample")
    expect(dialog.locator("[data-forward-choice]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("button", name="Otto Sample")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(dialog.locator("#forward-search")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Send this message to Otto Sample")
    expect(dialog.locator("[data-forward-go]")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Forwarded to Otto Sample.")
    page.locator(".toast button").click()
    expect(page.locator(".head-name")).to_contain_text("Otto")
    expect(page.locator(".message.is-out")).to_contain_text("Forwarded")
    expect(page.locator(".message.is-out")).to_contain_text("Hello from Nora Example")
    desk.wait_for_delivery()
