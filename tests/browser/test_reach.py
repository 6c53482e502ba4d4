"""Everything by keyboard: keys on any layout and of one's own, the palette, search with operators, finding."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.operations.shortcuts import rebind
from inbox.models import Conversation
from tests.browser.desk import open_thread
from tests.factories import make_message

pytestmark = pytest.mark.django_db(transaction=True)


def press_on_layout(page, key, code, **more):
    """As the browser tells it on another layout: `key` is what is written on it, `code` where it is."""
    page.evaluate(
        "told => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', told))",
        {"key": key, "code": code, "bubbles": True, "cancelable": True} | more,
    )


def test_letters_act_where_they_are_on_layouts_without_them(desk):
    page = desk.sit_down()
    links = page.locator("#rows .row-link")
    expect(links).to_have_count(3)

    press_on_layout(page, "о", "KeyJ")  # Russian
    expect(links.nth(0)).to_be_focused()
    press_on_layout(page, "ت", "KeyJ")  # Arabic
    expect(links.nth(1)).to_be_focused()
    press_on_layout(page, "c", "KeyJ")  # Dvorak: another letter, so another key
    press_on_layout(page, "ㅓ", "KeyJ", isComposing=True)  # an input method is still writing
    expect(links.nth(1)).to_be_focused()
    press_on_layout(page, "؟", "Slash", shiftKey=True)
    expect(page.locator("#keys")).to_be_visible()


def test_a_member_gives_a_key_another_work_and_it_is_told_when_that_is_taken(desk):
    page = desk.sit_down("/settings/shortcuts/")
    page.locator("#key-close").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    expect(page.locator(".notice-red")).to_contain_text("already does “Reply”")
    expect(page.locator("#key-close")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("g")
    page.keyboard.press("z")
    expect(page.locator(".settings-saved")).to_be_visible()
    expect(page.locator("#key-close kbd").last).to_have_text("z")

    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.locator("#list")).to_have_attribute("data-view", "mine")
    page.goto(desk.address + f"/conversations/{desk.threads[0].pk}/")
    page.locator("[data-scroller]").focus()
    page.keyboard.press("e")
    page.keyboard.press("g")
    page.keyboard.press("z")
    expect(page.locator("#head")).to_have_attribute("data-status", "closed")


def test_everything_is_reached_from_the_palette(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    field = page.locator("[data-palette-field]")
    first = page.locator("#palette-list [aria-selected=true]")

    page.keyboard.press("r")
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.type("snooze tom")
    expect(first).to_contain_text("Tomorrow")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_have_attribute("data-status", "snoozed")

    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list li").first).to_contain_text("Tomorrow")
    page.keyboard.type("otto")
    expect(page.locator("#palette-list")).to_contain_text("Otto Sample")
    expect(first).to_contain_text("Otto Sample")
    page.keyboard.press("Enter")
    expect(page.locator(".head-name")).to_contain_text("Otto Sample")

    page.locator("[data-scroller]").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list")).to_contain_text("Nora Example")
    expect(page.locator("#palette-list")).not_to_contain_text("Otto Sample")
    page.keyboard.press("Escape")
    expect(page.locator("[data-scroller]")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("api ke")
    assert page.locator("#palette-list li").count() == 0  # an agent has no such page
    field.fill("keyb")
    expect(first).to_contain_text("Keyboard")
    with clinic_scope(desk.clinic.pk):
        rebind(desk.member, "close", "h")
    field.fill("settings keyboard")
    page.keyboard.press("Enter")
    expect(page.locator("#key-close kbd")).to_have_text("h")


def test_what_was_said_long_ago_is_found_in_the_thread_by_keyboard(desk):
    conversation, began = desk.threads[0], timezone.now() - timedelta(days=9)
    with clinic_scope(desk.clinic.pk):
        for number in range(120):
            text = "The blue inhaler" if number in (3, 90) else f"Number {number}"
            make_message(conversation, text, sent_at=began + timedelta(hours=number))
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.locator("[data-scroller]").focus()
    page.keyboard.press("Control+f")
    expect(page.locator("[data-find-field]")).to_be_focused()
    page.keyboard.type("blue inhaler")
    expect(page.locator("[data-find-count]")).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-find-count]")).to_have_text("2 of 2")
    expect(page.locator(".message.is-found")).to_contain_text("The blue inhaler")
    expect(page.locator("[data-find-field]")).to_be_focused()
    assert page.evaluate("CSS.highlights.get('sought').size") >= 2
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_be_hidden()
    expect(page.locator("[data-to-latest]")).to_be_visible()
    page.wait_for_load_state("networkidle")


def wait_until(page, holds) -> None:
    """Until it holds, or for ten seconds."""
    for _try in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    pytest.fail("it never came")


def test_answers_close_and_the_next_conversation_is_there_at_once(desk):
    page = desk.sit_down()
    ahead = []
    page.on("requestfinished", lambda asked: "x-ahead" in asked.headers and ahead.append(asked.url))
    open_thread(page, "Nora")
    page.keyboard.press("r")
    page.keyboard.type("See you")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#head")).to_have_attribute("data-status", "closed")
    expect(page.locator(".row", has_text="Nora")).to_have_count(0)
    assert desk.sent() == ["See you"]

    page.keyboard.press("Escape")
    row = page.locator(".row-link", has_text="Otto")
    row.focus()
    wait_until(page, lambda: any(str(desk.threads[1].pk) in each for each in ahead))
    # No other way to open it is left.
    page.route(re.compile(r"/conversations/[0-9a-f-]{36}/\?"), lambda asked: asked.abort())
    page.keyboard.press("Enter")
    expect(page.locator(".head-name")).to_contain_text("Otto")
    page.unroute_all()
    expect(page.locator("#messages")).to_contain_text("Hello from Otto")
    page.locator("[data-scroller]").focus()
    page.keyboard.press("Shift+E")
    expect(page.locator(".head-name")).to_contain_text("Priya")
    page.wait_for_load_state("networkidle")
    with clinic_scope(desk.clinic.pk):
        assert Conversation.objects.get(pk=desk.threads[1].pk).status == "closed"


def test_a_search_is_narrowed_by_keyboard_and_says_what_it_did_not_understand(desk):
    page = desk.sit_down()
    page.keyboard.press("/")
    page.keyboard.type("hello")
    expect(page.locator(".row")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_have_value("hello from:me")
    expect(page.locator("[data-empty]")).to_be_visible()
    page.locator("#search").fill("otto hello form:patient")
    expect(page.locator(".list-problem")).to_contain_text("There is no “form:”")
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_be_focused()
    page.locator("#search").fill("otto hello")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .row-link", has_text="Otto").first).to_be_focused()


def test_what_is_searched_for_is_in_no_address_and_is_there_again_on_the_way_back(desk):
    page = desk.sit_down()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#search").fill("otto")
    expect(page.locator("#rows .row")).to_have_count(2)  # by the name, and what was said

    page.locator("#rows .row-link").first.click()
    expect(page.locator(".head-name")).to_contain_text("Otto")
    page.go_back()
    expect(page.locator(".head-name")).to_have_count(0)
    expect(page.locator("#rows .row")).to_have_count(2)
    page.reload()
    expect(page.locator("#search")).to_have_value("otto")
    expect(page.locator("#rows .row")).to_have_count(2)  # by the name, and what was said

    page.locator("#search").press("Escape")
    expect(page.locator("#rows .row")).to_have_count(3)
    page.reload()
    expect(page.locator("#rows .row")).to_have_count(3)
    assert [url for url in asked if "otto" in url.lower()] == []


def test_keys_go_on_from_where_one_is(desk):
    page = desk.sit_down()
    open_thread(page, "Otto")
    page.locator(".message .bubble-foot").focus()
    page.keyboard.press("r")
    expect(page.locator("[data-reply-bar]")).to_contain_text("Hello from Otto Sample")
    expect(page.locator(".composer-keys")).to_contain_text("sends", use_inner_text=True)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".composer-keys")).to_contain_text("saves", use_inner_text=True)
    page.locator("[data-scroller]").focus()

    page.keyboard.press("e")
    expect(page.locator("#rows .row-link", has_text="Otto")).to_have_count(0)
    page.keyboard.press("j")

    expect(page.locator("#rows .row-link", has_text="Nora")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_said_for_a_moment_is_said_once_and_not_over_what_one_writes(desk, width):
    page = desk.sit_down(viewport={"width": width, "height": 800})
    open_thread(page, "Nora")
    say = "sentence => document.dispatchEvent(new CustomEvent('toast', { detail: { sentence } }))"

    for sentence in ("No line.", "No line.", "Closed."):
        page.evaluate(say, sentence)

    expect(page.locator(".toast")).to_have_text(["No line.", "Closed."])
    said, writing = page.locator(".toast").last.bounding_box(), page.locator("#composer").bounding_box()
    assert said["y"] + said["height"] <= writing["y"] or said["x"] + said["width"] <= writing["x"]


def test_how_fast_this_is_is_shown_to_whoever_asks_for_it(desk):
    page = desk.sit_down()

    def choose():
        page.keyboard.press("Control+k")
        page.keyboard.type("how fast")
        page.keyboard.press("Enter")

    choose()
    box = page.locator(".speed")
    expect(box.locator("li").first).to_contain_text("of them in the server")
    page.reload()  # it stays, on this device
    page.locator("#rows .row-link").first.click()
    expect(box.locator("li", has_text="/conversations/…/").first).to_contain_text("of them in the server")

    choose()
    expect(box).to_have_count(0)
    page.reload()
    page.locator("#rows .row-link").first.wait_for()
    expect(box).to_have_count(0)
