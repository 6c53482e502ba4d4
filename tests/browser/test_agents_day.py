"""An agent's whole day, from signing in to signing out, without a pointer."""

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Conversation
from inbox.operations.replies import Wording, create_reply
from tests.factories import make_member

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"  # the factory's


def tab_to(page, element, most=40):
    """Tab on until the element has the focus: whoever has no pointer gets there, too."""
    for _ in range(most):
        if element.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached with {most} tabs")


def statuses(desk) -> dict[str, str]:
    with clinic_scope(desk.clinic.pk):
        return dict(Conversation.objects.values_list("contact__name", "status"))


def test_a_whole_day_without_a_pointer(desk):
    with clinic_scope(desk.clinic.pk):
        make_member("Ben Agent")
        create_reply(Wording("How to find us", {"en": "By bus 5."}, "way", True), by=desk.member)
    page = sign_in(desk)
    take_the_first(page)
    answer_and_call_a_colleague(page)
    label_and_close(page)
    put_aside_the_next(page)
    find_somebody_else(page)
    sign_out(page)

    assert desk.sent() == ["Good morning. By bus 5."]
    assert sorted(statuses(desk).values()) == ["closed", "open", "snoozed"]


def sign_in(desk):
    page = desk.sit_down("/accounts/login/", is_signed_in=False)
    tab_to(page, page.locator("[name=login]"))
    page.keyboard.type(desk.person.email)
    tab_to(page, page.locator("[name=password]"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#rows .row-link")).to_have_count(3)
    page.wait_for_load_state()  # keys act once the scripts are there
    return page


def go_to(page, key, view):
    page.keyboard.press("g")
    page.keyboard.press(key)
    expect(page.locator("#list")).to_have_attribute("data-view", view)


def take_the_first(page):
    go_to(page, "m", "mine")
    go_to(page, "a", "all")
    page.keyboard.press("j")
    expect(page.locator("#rows .row-link").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#assign-button")).to_contain_text("You")


def answer_and_call_a_colleague(page):
    page.keyboard.press("r")
    page.keyboard.type("Good morning. /way")
    expect(page.locator(".suggest-item:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-out:not(.is-pending)")).to_contain_text("By bus 5.")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("@be")
    expect(page.locator(".suggest-item:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.type("please call back")
    page.keyboard.press("Enter")
    expect(page.locator(".note .mention")).to_have_text("@Ben Agent")
    page.keyboard.press("Escape")


def label_and_close(page):
    page.keyboard.press("!")
    expect(page.locator(".menu:popover-open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu:popover-open")).to_have_count(0)
    page.keyboard.press("e")
    expect(page.locator("#head")).to_have_attribute("data-status", "closed")


def put_aside_the_next(page):
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_have_attribute("data-status", "open")
    page.keyboard.press("Control+k")
    page.keyboard.type("snooze tom")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Tomorrow")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_have_attribute("data-status", "snoozed")


def find_somebody_else(page):
    page.keyboard.press("/")
    page.keyboard.type("hello is:waiting")
    expect(page.locator("#list")).to_have_attribute("data-query", "")
    page.keyboard.press("Escape")  # empties the field
    page.keyboard.press("Escape")  # and leaves it
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def sign_out(page):
    page.keyboard.press("Control+k")
    page.keyboard.type("sign out")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Sign out")
    page.keyboard.press("Enter")
    expect(page.locator("[name=login]")).to_be_visible()
