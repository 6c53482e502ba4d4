"""What is on its way leaves in the order it was written, or waits, or comes back whole."""

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from tests.browser.desk import open_thread
from tests.browser.slow_line import SlowLine
from tests.integrations.test_pictures import picture

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_cannot_leave_holds_back_what_is_behind_it_and_can_be_taken_back(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.route(
        "**/messages/",
        lambda route: route.abort() if "First" in route.request.post_data else route.continue_(),
    )
    for words in ("First", "Second"):
        page.fill("[data-composer-text]", words)
        page.keyboard.press("Enter")

    pending = page.locator(".is-pending")
    expect(pending.nth(0)).to_contain_text("There is no connection to the server.")
    expect(pending.nth(1)).to_contain_text("It waits for the message before it.")
    pending.nth(0).get_by_role("button", name="Try now").click()
    expect(pending.nth(1)).to_contain_text("It waits for the message before it.")
    assert desk.sent() == []
    pending.nth(0).get_by_role("button", name="Do not send").click()

    expect(page.locator("[data-composer-text]")).to_have_value("First")
    expect(page.locator(".message.is-out[id]")).to_contain_text("Second")
    expect(pending).to_have_count(0)
    assert desk.sent() == ["Second"]


def file(name: str) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture()}


def test_a_refused_message_of_several_parts_comes_back_whole(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.set_input_files("[data-files]", [file("one.jpg"), file("two.jpg")])
    expect(page.locator(".upload.is-done")).to_have_count(2)
    page.locator("[data-upload-caption]").last.fill("The other side")
    with clinic_scope(desk.clinic.pk):
        desk.channel.state = "broken"
        desk.channel.save()
    page.fill("[data-composer-text]", "Look at these")
    page.keyboard.press("Enter")

    expect(page.locator("[data-line-refusal]")).to_contain_text("needs attention")
    expect(page.locator(".upload.is-done")).to_have_count(2)
    expect(page.locator("[data-upload-caption]").last).to_have_value("The other side")
    expect(page.locator("[data-composer-text]")).to_have_value("Look at these")
    expect(page.locator(".is-pending")).to_have_count(0)


def test_what_is_refused_while_another_conversation_is_open_says_so_and_waits_in_its_own(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.set_input_files("[data-files]", file("one.jpg"))
    expect(page.locator(".upload.is-done")).to_have_count(1)
    page.locator("[data-upload-caption]").fill("The left side")
    with clinic_scope(desk.clinic.pk):
        desk.channel.state = "broken"
        desk.channel.save()
    line = SlowLine(page, "/messages/$")
    page.locator("[data-composer-text]").press("Enter")
    line.wait_for(1)
    open_thread(page, "Priya")
    line.let_go()

    expect(page.locator(".toast")).to_contain_text("needs attention")
    expect(page.locator(".upload")).to_have_count(0)
    page.locator(".toast button").click()
    expect(page.locator("#head")).to_contain_text("Nora")
    expect(page.locator("[data-upload-caption]")).to_have_value("The left side")
    assert desk.sent() == []
