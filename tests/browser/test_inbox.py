"""The inbox as a member sees and works it: live, by keyboard, on a phone, and readable for everybody."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic, Member
from inbox.models import WINDOW, Conversation
from inbox.operations import handling
from tests.browser.desk import open_thread
from tests.factories import make_member

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# At which side the words of each message begin that share their line with the hour.
SIDES = """() => [...document.querySelectorAll(".bubble > .words:has(+ .bubble-foot)")].map((each) => [
    /[\u0600-\u06ff]/.test(each.textContent) ? "Arabic" : "Latin", getComputedStyle(each.parentElement).textAlign])"""


def violations(page) -> list[tuple[str, list[str]]]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


def test_a_patients_message_appears_without_a_reload_and_keeps_what_is_being_written(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.keyboard.press("r")
    page.keyboard.type("I am looking at")

    desk.write_as_patient(desk.threads[0], "One more thing")
    desk.write_as_patient(desk.threads[1], "Are you open?")

    expect(page.locator("#messages")).to_contain_text("One more thing")
    expect(page.locator("#rows .row").first).to_contain_text("Are you open?")
    expect(page.locator("[data-composer-text]")).to_be_focused()
    expect(page.locator("[data-composer-text]")).to_have_value("I am looking at")


def test_the_day_is_worked_by_keyboard_alone(desk):
    page = desk.sit_down()
    expect(page.locator(".row")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("See you at ten")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-out")).to_contain_text("See you at ten")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("Sounds worried")
    page.keyboard.press("Enter")
    expect(page.locator(".note")).to_contain_text("Sounds worried")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#assign-button")).to_contain_text("You")
    page.keyboard.press("e")
    expect(page.locator("#head")).to_have_attribute("data-status", "closed")
    expect(page.locator(".row")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()


def test_a_sent_message_is_there_at_once_and_once(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.route("**/messages/", lambda route: (page.wait_for_timeout(400), route.continue_()))
    page.fill("[data-composer-text]", "At ten")
    page.keyboard.press("Enter")

    expect(page.locator(".message.is-pending")).to_contain_text("At ten", timeout=300)
    expect(page.locator(".message.is-out[id]")).to_contain_text("At ten")
    expect(page.locator(".message.is-out")).to_have_count(1)
    expect(page.locator("[data-composer-text]")).to_have_value("")


def room_of_the_last(page) -> tuple[str, float, str]:
    """How far it stands from what is above it, how high it is, and the hour it tells."""
    last = page.locator(".message.is-out").last
    margin = last.evaluate("each => getComputedStyle(each).marginBlockStart")
    hour = last.locator(".bubble-foot time").inner_text()[:2]
    return margin, last.locator(".bubble").bounding_box()["height"], hour


def test_nothing_moves_when_what_was_sent_is_drawn_by_the_server(desk):
    page = desk.sit_down(timezone_id="Asia/Tokyo")
    open_thread(page, "Nora")
    page.route("**/messages/", lambda route: (page.wait_for_timeout(300), route.continue_()))
    for text in ("At ten", "Or at eleven", "As you asked"):
        page.fill("[data-composer-text]", text)
        if text == "As you asked":
            page.locator(".message.is-in .bubble-foot").press("r")
        page.locator("[data-composer-text]").press("Enter")
        expect(page.locator(".message.is-pending")).to_contain_text(text)
        before = room_of_the_last(page)

        expect(page.locator(".message.is-out[id]").last).to_contain_text(text)
        expect(page.locator(".is-pending")).to_have_count(0)

        assert room_of_the_last(page) == before
    expect(page.locator(".bubble-author")).to_have_count(1)
    expect(page.locator(".quote")).to_have_count(1)


def test_without_a_connection_nothing_is_lost_and_nothing_doubled(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.context.set_offline(True)
    page.fill("[data-composer-text]", "Written in the lift")
    page.keyboard.press("Enter")
    expect(page.locator(".is-pending .failure")).to_contain_text("Not sent yet")

    page.context.set_offline(False)

    expect(page.locator(".message.is-out[id]")).to_contain_text("Written in the lift")
    expect(page.locator(".is-pending")).to_have_count(0)
    assert desk.sent() == ["Written in the lift"]


def test_a_refused_message_goes_back_into_the_field_with_the_reason(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    with clinic_scope(desk.clinic.pk):
        desk.channel.state = "broken"
        desk.channel.save()
    page.fill("[data-composer-text]", "Can you come?")
    page.keyboard.press("Enter")

    expect(page.locator("[data-line-refusal]")).to_contain_text("needs attention")
    expect(page.locator("[data-composer-text]")).to_have_value("Can you come?")
    expect(page.locator(".message.is-out")).to_have_count(0)


def test_a_draft_waits_in_its_own_conversation(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.fill("[data-composer-text]", "Half a sent")
    open_thread(page, "Otto")
    expect(page.locator("[data-composer-text]")).to_have_value("")
    expect(page.locator(".row", has_text="Nora").locator("[data-draft]")).to_be_visible()

    open_thread(page, "Nora")

    expect(page.locator("[data-composer-text]")).to_have_value("Half a sent")


def test_what_came_while_the_line_was_dead_is_shown_when_it_is_back(desk):
    line = {"dead": False, "open": []}

    def connect(socket):
        if line["dead"]:
            return socket.close()
        socket.connect_to_server()
        line["open"].append(socket)

    page = desk.sit_down("/accounts/login/")
    page.route_web_socket("**/ws/", connect)
    page.goto(desk.address)
    open_thread(page, "Nora")
    line["dead"] = True
    line["open"][-1].close()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    desk.write_as_patient(desk.threads[0], "Are you still there?")
    line["dead"] = False

    expect(page.locator("#messages")).to_contain_text("Are you still there?", timeout=20_000)
    expect(page.get_by_text("Reconnecting…")).to_be_hidden()


def test_at_the_end_of_the_window_the_composer_offers_templates_and_comes_back_with_the_patient(desk):
    with clinic_scope(desk.clinic.pk):
        ended = timezone.now() - WINDOW + timedelta(seconds=8)
        Conversation.objects.filter(pk=desk.threads[0].pk).update(last_inbound_at=ended)
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/")
    expect(page.locator("[data-composer-text]")).to_be_visible()

    expect(page.get_by_role("button", name="Choose a template")).to_be_visible(timeout=20_000)
    expect(page.locator("[data-composer-text]")).to_be_hidden()
    with clinic_scope(desk.clinic.pk):
        Conversation.objects.filter(pk=desk.threads[0].pk).update(last_inbound_at=timezone.now())
    desk.write_as_patient(desk.threads[0], "I am back")

    expect(page.locator("[data-composer-text]")).to_be_visible()


def test_the_title_counts_what_came_while_one_looked_elsewhere(desk):
    page = desk.sit_down()
    expect(page.locator(".row")).to_have_count(3)
    page.evaluate("document.hasFocus = () => false")
    page.evaluate(
        "document.addEventListener('chime', () => (document.documentElement.dataset.heard = 'yes'))"
    )

    desk.write_as_patient(desk.threads[1], "Anybody?")

    expect(page).to_have_title(re.compile(r"^\(1\) "))
    expect(page.locator("html")).to_have_attribute("data-heard", "yes")


def test_back_and_forward_walk_the_conversations(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    open_thread(page, "Otto")

    page.go_back()

    expect(page.locator("#head")).to_contain_text("Nora")
    expect(page.locator(".row.is-selected")).to_contain_text("Nora")


def test_on_a_phone_list_thread_and_patient_are_three_screens(desk):
    page = desk.sit_down(**PHONE)
    expect(page.locator(".list")).to_be_visible()
    page.locator(".row-link", has_text="Nora").tap()
    expect(page.locator(".thread")).to_be_visible()
    expect(page.locator(".list")).to_be_hidden()
    page.locator(".head-who").tap()
    expect(page.locator(".panel")).to_be_visible()
    page.locator(".panel-close").tap()
    expect(page.locator(".panel")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("[data-back]").tap()
    expect(page.locator(".list")).to_be_visible()
    expect(page.locator(".thread")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_reach_it(desk, scheme):
    page = desk.sit_down(color_scheme=scheme, bypass_csp=True)  # the checker is a script put into the page
    assert violations(page) == []
    open_thread(page, "Nora")
    assert violations(page) == []
    page.keyboard.press("n")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_everybody_can_read_and_reach_it(desk, scheme):
    page = desk.sit_down(
        f"/conversations/{desk.threads[0].pk}/", color_scheme=scheme, bypass_csp=True, **PHONE
    )
    expect(page.locator(".thread")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("way", ["theme=light", "theme=dark", "theme=light&dir=rtl", "theme=dark&dir=rtl"])
def test_every_component_can_be_read_in_every_way_it_is_shown(desk, way):
    page = desk.sit_down(f"/styleguide/?{way}", bypass_csp=True)
    expect(page.get_by_role("heading", name="Bubbles")).to_be_visible()

    assert violations(page) == []
    assert {tuple(side) for side in page.evaluate(SIDES)} == {("Arabic", "right"), ("Latin", "left")}
    pointing = page.locator(".guide svg.flips").first.evaluate("each => getComputedStyle(each).transform")
    assert pointing == ("matrix(-1, 0, 0, 1, 0, 0)" if "rtl" in way else "none")


@pytest.mark.parametrize("emergency_access", ["everyone", "admins"])
def test_what_is_handed_to_somebody_else_leaves_the_screen_of_who_sees_their_own_only(desk, emergency_access):
    thread = desk.threads[0]
    with clinic_scope(desk.clinic.pk):
        Clinic.objects.filter(pk=desk.clinic.pk).update(emergency_access=emergency_access)
        Member.objects.update(visibility="own")
        handling.assign(thread, to=desk.member, by=desk.member)
        other = make_member("Tom Agent")
    page = desk.sit_down(f"/conversations/{thread.pk}/")
    expect(page.locator("#head")).to_contain_text("Nora Example")

    with clinic_scope(desk.clinic.pk):
        handling.assign(thread, to=other, by=other)

    closed = ".sealed" if emergency_access == "everyone" else "#workspace.is-empty"
    expect(page.locator(closed)).to_be_visible()
    expect(page.locator(f"#row-{thread.pk}")).to_have_count(0)
    expect(page.get_by_text("Nora Example")).to_have_count(0)
