"""Opening conversations on a slow line: the last one asked for is shown, under its own address."""

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from inbox.models import AnswerRules, CloseReason, Message
from tests.browser.desk import open_thread
from tests.browser.slow_line import SlowLine
from tests.browser.test_outbox import file
from tests.browser.test_reach import wait_until
from tests.browser.test_thread import say

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = """names => {
    window.told = Object.fromEntries(names.map((name) => [name, 0]));
    for (const name of names) document.addEventListener(name, () => told[name]++);
}"""


def press_row(page, name):
    page.locator(".row-link", has_text=name).evaluate(
        "link => link.click()"
    )  # no pointer: nothing is fetched ahead


def fetch_ahead(page, name, thread):
    """Hover until it is here, or was here already as the next below the open one."""
    asked = f"performance.getEntriesByType('resource').some(({{name}}) => name.includes('{thread.pk}'))"
    page.locator(".row-link", has_text=name).hover()
    wait_until(page, lambda: page.evaluate(asked))


def expect_open(page, name, thread):
    expect(page.locator(".head-name")).to_contain_text(name)
    expect(page.locator(".row.is-selected")).to_contain_text(name)
    assert page.url.split("?")[0].endswith(f"/conversations/{thread.pk}/")


def test_of_several_asked_for_the_last_is_shown_under_its_own_address(desk):
    nora, otto, priya = desk.threads
    page = desk.sit_down()
    page.evaluate(COUNT, ["opened"])
    line = SlowLine(page, f"/conversations/({nora.pk}|{otto.pk})/")
    for name in ("Nora", "Otto", "Priya"):
        press_row(page, name)
    expect_open(page, "Priya", priya)
    line.let_go()
    expect_open(page, "Priya", priya)

    fetch_ahead(page, "Otto", otto)
    line = SlowLine(page, f"/conversations/{nora.pk}/")
    press_row(page, "Nora")
    press_row(page, "Otto")
    expect_open(page, "Otto", otto)
    line.let_go()
    expect_open(page, "Otto", otto)
    assert page.evaluate("told.opened") == 2

    page.go_back()
    expect_open(page, "Priya", priya)
    page.go_back()
    expect(page.locator("#workspace.is-empty")).to_be_visible()
    page.go_forward()
    expect_open(page, "Priya", priya)


def test_back_gives_way_to_what_is_opened_after_it_and_takes_no_files_along(desk):
    nora, otto, priya = desk.threads
    page = desk.sit_down()
    open_thread(page, "Nora")
    open_thread(page, "Otto")
    page.set_input_files("[data-files]", [file("one.jpg")])
    expect(page.locator(".upload.is-done")).to_have_count(1)
    page.go_back()
    expect_open(page, "Nora", nora)
    page.fill("[data-composer-text]", "At ten")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-out[id]")).to_contain_text("At ten")
    with clinic_scope(desk.clinic.pk):
        assert list(Message.objects.filter(direction="out").values_list("kind", flat=True)) == ["text"]

    line = SlowLine(page, f"/conversations/{otto.pk}/")
    page.go_forward()
    press_row(page, "Priya")
    expect_open(page, "Priya", priya)
    line.let_go()
    expect_open(page, "Priya", priya)


def test_what_was_written_in_one_thread_is_drawn_in_no_other(desk):
    nora, otto, _priya = desk.threads
    page = desk.sit_down(f"/conversations/{nora.pk}/?message={say(desk, 120)[5].pk}")
    expect(page.locator("#newer")).to_be_attached()
    fetch_ahead(page, "Otto", otto)
    line = SlowLine(page, rf"/conversations/{nora.pk}/(\?|$)")
    page.fill("[data-composer-text]", "At ten")
    page.keyboard.press("Enter")
    press_row(page, "Otto")
    expect_open(page, "Otto", otto)
    line.let_go()

    expect(page.locator("#messages .message")).to_have_count(1)
    press_row(page, "Nora")
    expect(page.locator("#messages .is-pending", has_text="At ten")).to_contain_text("not seen yet")
    expect(page.locator("#messages .is-pending")).to_have_count(1)


def test_of_two_lists_the_last_is_shown(desk):
    page = desk.sit_down()
    line = SlowLine(page, r"/conversations/\?.*view=waiting")
    for key in ("w", "m"):
        page.keyboard.press("g")
        page.keyboard.press(key)
    expect(page.locator("#list")).to_have_attribute("data-view", "mine")
    line.let_go()
    assert "view=mine" in page.url


def test_the_next_one_opens_only_after_the_close_that_was_to_open_it(desk):
    with clinic_scope(desk.clinic.pk):
        AnswerRules.objects.create(asks_reason=AnswerRules.Reason.REQUIRED)
        CloseReason.objects.create(name="Booked")
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.evaluate(COUNT, ["opening", "opened"])
    menu, reason = page.locator("#close-menu"), page.locator("#close-menu button").first
    page.locator("[data-scroller]").focus()
    page.keyboard.press("Shift+E")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.keyboard.press("e")
    expect(menu).to_be_visible()
    reason.press("Enter")
    expect(page.locator("#head")).to_have_attribute("data-status", "closed")
    assert page.evaluate("told") == {"opening": 0, "opened": 0}

    open_thread(page, "Otto")
    page.locator("[data-scroller]").focus()
    for _time in range(2):
        page.keyboard.press("Shift+E")
        expect(menu).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
    page.keyboard.press("Shift+E")
    expect(menu).to_be_visible()
    reason.press("Enter")
    expect(page.locator(".head-name")).to_contain_text("Priya")
    expect(page.locator(".row.is-selected")).to_contain_text("Priya")
    assert page.evaluate("told.opening") == 2  # Otto's, and Priya's once
