"""The list as it is worked: other lists by key, many at once and back, however long it is, on a phone too."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from contacts.models import Contact, Identity
from inbox.models import AnswerRules, CloseReason, Conversation, Tag
from tests.browser.desk import open_thread
from tests.browser.test_inbox import PHONE, violations
from tests.browser.test_opening import SlowLine

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 420


def fill(desk, count=MANY):
    """Many more conversations, each a minute older than the one before."""
    now = timezone.now() - timedelta(minutes=1)
    with clinic_scope(desk.clinic.pk):
        people = Contact.objects.bulk_create(Contact(name=f"Patient {n:03}") for n in range(count))
        identities = Identity.objects.bulk_create(
            Identity(contact=each, provider="whatsapp", wa_id=f"999{n:09}", wa_key=f"999{n:09}")
            for n, each in enumerate(people)
        )
        Conversation.objects.bulk_create(
            Conversation(
                contact=each.contact, identity=each, channel=desk.channel, preview=f"Hello {n}",
                last_message_at=now - timedelta(minutes=n), last_inbound_at=now - timedelta(minutes=n),
            )
            for n, each in enumerate(identities)
        )  # fmt: skip


def status_of(desk) -> list[str]:
    with clinic_scope(desk.clinic.pk):
        return list(Conversation.objects.order_by("contact__name").values_list("status", flat=True))


def test_many_are_chosen_and_closed_by_keyboard_and_brought_back(desk):
    with clinic_scope(desk.clinic.pk):
        Conversation.objects.filter(pk=desk.threads[2].pk).update(waiting_since=timezone.now())
    page = desk.sit_down()
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.locator("#views-button")).to_contain_text("Waiting")
    expect(page.locator(".row")).to_have_count(1)
    assert "view=waiting" in page.url
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.locator(".row")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    page.keyboard.press("Shift+J")
    expect(page.locator("[data-bulk-count]")).to_have_text("3 selected")

    page.locator("[data-act=close]").press("Enter")

    expect(page.locator(".toast")).to_contain_text("Closed: 3.")
    expect(page.locator(".row")).to_have_count(0)
    assert status_of(desk) == ["closed"] * 3
    page.locator(".toast button").press("Enter")
    expect(page.get_by_text("Put back: 3.")).to_be_visible()
    expect(page.locator(".row")).to_have_count(3)
    assert status_of(desk) == ["open"] * 3


def test_however_long_the_list_is_only_what_is_near_is_in_the_page(desk):
    fill(desk)
    page = desk.sit_down()
    expect(page.locator(".row").first).to_be_visible()
    most = page.evaluate(
        """async (last) => {
            const box = document.querySelector(".list-body");
            let most = 0;
            for (let tries = 0; tries < 900 && !document.querySelector("#rows").textContent.includes(last); tries++) {
                box.scrollTop += 700;
                await new Promise((go) => setTimeout(go, 16));
                most = Math.max(most, document.querySelectorAll(".row").length);
            }
            return most;
        }""",
        f"Patient {MANY - 1:03}",
    )
    assert 200 < most <= 320
    expect(page.locator(".row", has_text="Patient 000")).to_have_count(0)
    # What comes in meanwhile moves nothing; the way back shows it at the top, and each of the others once.
    before = page.evaluate("document.querySelector('.list-body').scrollTop")
    desk.write_as_patient(desk.threads[1], "Anybody?")
    expect(page.locator("#views-button .switcher-count")).to_contain_text("99+")
    assert page.evaluate("document.querySelector('.list-body').scrollTop") == before

    page.evaluate("document.querySelector('.list-body').scrollTop = 0")

    expect(page.locator(".row").first).to_contain_text("Anybody?")
    expect(page.locator(".row", has_text="Patient 000")).to_have_count(1)
    ids = page.evaluate("[...document.querySelectorAll('.row')].map((row) => row.id)")
    assert len(ids) == len(set(ids)) <= 320


def test_rows_that_came_while_the_list_was_asked_for_again_stay(desk):
    fill(desk, 300)
    page = desk.sit_down()
    rows, body = page.locator(".row"), page.locator(".list-body")
    for count in (40, 80, 120):
        expect(rows).to_have_count(count)
        body.evaluate("box => (box.scrollTop = box.scrollHeight)")
    expect(rows).to_have_count(160)
    line = SlowLine(page, r"/conversations/\?.*until=")
    page.evaluate("document.dispatchEvent(new CustomEvent('changed', {detail: {topics: ['list']}}))")
    line.wait_for(2)
    body.evaluate("box => (box.scrollTop = box.scrollHeight)")
    expect(rows).to_have_count(200)
    rows.evaluate_all("all => all.forEach((row) => row.classList.add('before'))")
    line.let_go()

    expect(page.locator(".row.before")).to_have_count(0)
    shown = [name for name in page.locator(".row-name").all_text_contents() if name.startswith("Patient")]
    assert shown == [f"Patient {number:03}" for number in range(int(shown[0][-3:]), int(shown[-1][-3:]) + 1)]
    assert len(shown) >= 197


SEEN = """() => {
    const box = document.querySelector(".list-body").getBoundingClientRect();
    const rows = [...document.querySelectorAll(".row")];
    return rows.find((row) => row.getBoundingClientRect().bottom > box.top + 1)?.querySelector(".row-name").textContent;
}"""


def test_who_comes_back_finds_the_list_where_it_was(desk):
    fill(desk, 200)
    page = desk.sit_down(**PHONE)
    last = page.locator(".row", has_text="Patient 120")
    for _step in range(200):
        page.evaluate("document.querySelector('.list-body').scrollTop += 500")
        page.wait_for_timeout(30)
        if last.count():
            break
    seen = page.evaluate(SEEN)
    page.locator(".row-link", has_text=seen).tap()
    expect(page.locator("#head")).to_contain_text(seen)
    page.locator("[data-back]").tap()
    expect(page.locator(".row", has_text=seen)).to_be_in_viewport()

    page.reload()

    expect(page.locator(".row", has_text=seen)).to_be_in_viewport()


def test_a_filter_is_built_shown_and_kept(desk):
    with clinic_scope(desk.clinic.pk):
        Conversation.objects.filter(pk=desk.threads[0].pk).update(priority=2)
        Tag.objects.create(name="Invoice")
    page = desk.sit_down(bypass_csp=True)
    page.keyboard.press("f")
    expect(page.get_by_label("State")).to_be_focused()
    page.get_by_label("Urgent").check()
    assert violations(page) == []
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator("#chips")).to_contain_text("Urgent")
    page.keyboard.press("f")
    page.get_by_label("Name", exact=True).last.fill("Quickly")
    page.get_by_role("button", name="Save filter").click()
    expect(page.locator("#views-button")).to_contain_text("Quickly")
    assert "saved=" in page.url

    page.reload()

    expect(page.locator("#views-button")).to_contain_text("Quickly")
    expect(page.locator(".row")).to_have_count(1)
    page.locator("#views-button").click()
    expect(page.locator("#views-menu")).to_contain_text("Quickly1")
    assert violations(page) == []


def test_a_tag_is_found_and_put_on_by_keyboard(desk):
    with clinic_scope(desk.clinic.pk):
        for name in ("Insurance", "Invoice"):
            Tag.objects.create(name=name)
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/")
    expect(page.locator("#head")).to_contain_text("Nora")
    page.keyboard.press("l")
    expect(page.locator("[data-tag-search]")).to_be_focused()
    page.keyboard.type("invo")
    page.keyboard.press("Enter")

    expect(page.locator("#head .row-tag")).to_have_text("Invoice")
    expect(page.locator(f"#row-{desk.threads[0].pk} .row-tag")).to_have_text("Invoice")
    expect(page.locator("#tag-menu [aria-selected=true]")).to_have_text("Invoice")
    page.keyboard.press("Escape")
    page.wait_for_load_state("networkidle")  # the answer to the tag draws the head once more
    page.keyboard.press("!")
    expect(page.locator("#priority-menu button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#head .row-priority")).to_have_text("Urgent")


def test_on_a_phone_a_long_touch_selects_and_a_swipe_closes_with_a_way_back(desk):
    page = desk.sit_down(bypass_csp=True, **PHONE)
    row = page.locator(".row", has_text="Otto")
    expect(row).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    swipe(page, row, 0, until=lambda: expect(page.locator("[data-bulk-count]")).to_have_text("1 selected"))
    page.locator(".row-link", has_text="Nora").tap()
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    assert violations(page) == []
    page.locator("[data-bulk-clear]").tap()
    swipe(page, row, -180)

    expect(page.locator(".toast")).to_contain_text("Closed: 1.")
    expect(row).to_have_count(0)
    page.locator(".toast button").click()
    expect(row).to_be_visible()
    page.locator("#views-button").click()
    expect(page.locator("#views-menu")).to_be_visible()
    expect(page.locator("#views-menu")).to_contain_text("Waiting")
    box = page.locator("#views-menu").bounding_box()
    assert (box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True)
    assert violations(page) == []


def swipe(page, row, by, until=lambda: None):
    """A finger on the row, kept there until, moved and lifted."""
    box = row.bounding_box()
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    until()
    for step in range(1, 7) if by else ():
        point = {"x": x + by * step / 6, "y": y}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_swipe_asks_why_where_the_clinic_wants_a_reason(desk):
    with clinic_scope(desk.clinic.pk):
        AnswerRules.objects.create(asks_reason=AnswerRules.Reason.REQUIRED)
        CloseReason.objects.create(name="Answered")
    page = desk.sit_down(**PHONE)
    row = page.locator(".row", has_text="Otto")
    expect(row).to_be_visible()
    swipe(page, row, -180)
    page.locator("#bulk-why").get_by_role("button", name="Answered").click()

    expect(page.locator(".toast")).to_contain_text("Closed: 1.")
    expect(row).to_have_count(0)


def test_keys_act_on_the_many_that_are_selected_even_before_their_menus_are_here(desk):
    page, held = desk.sit_down(), []
    page.route("**/conversations/choices/", lambda route: held.append(route))
    open_thread(page, "Otto")
    page.locator(".row-link", has_text="Nora").focus()
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")
    page.keyboard.press("!")
    expect(page.locator("[popovertarget=bulk-priority]")).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    expect(page.locator("#bulk-priority .menu-item").first).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Priority set: 1.")
    expect(page.locator(".row-link", has_text="Nora")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("e")
    expect(page.locator(".row-link", has_text="Nora")).to_have_count(0)
    expect(page.locator("#rows .row-link").last).to_be_focused()
    expect(page.locator("#head")).to_have_attribute("data-status", "open")
    assert sorted(status_of(desk)) == ["closed", "open", "open"]
    assert len(held) == 1


def test_many_are_snoozed_until_a_time_in_free_words_that_need_no_field_to_be_chosen(desk):
    page = desk.sit_down()
    page.locator(".row").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    page.keyboard.press("s")
    expect(page.locator("#bulk-snooze .menu-item").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#bulk-snooze-words")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#bulk-snooze .menu-item").first).to_be_focused()

    zone = ZoneInfo(desk.clinic.time_zone)
    today = timezone.localdate(timezone=zone)
    page.keyboard.type("in 2 days 9:30")
    expect(page.locator("#bulk-snooze-words")).to_have_value("in 2 days 9:30")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Snoozed: 2.")
    with clinic_scope(desk.clinic.pk):
        snoozed = Conversation.objects.filter(status="snoozed").values_list("snoozed_until", flat=True)
        told = {timezone.localtime(each, zone) for each in snoozed}
    assert [(each.date(), each.hour, each.minute) for each in told] == [(today + timedelta(days=2), 9, 30)]
