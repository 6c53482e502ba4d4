"""A template written in a real browser, by an admin."""

from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member, Role
from integrations.models import Template
from tests.factories import make_member
from tests.inbox.files import jpeg

pytestmark = pytest.mark.django_db(transaction=True)


def begin(desk, **options):
    with clinic_scope(desk.clinic.pk):
        Member.objects.filter(pk=desk.member.pk).update(role=Role.ADMIN)
    page = desk.sit_down("/settings/templates/", **options)
    page.get_by_role("link", name="New template").click()
    page.locator("[data-template-name]").press_sequentially("Visita más")
    expect(page.locator("[data-template-name]")).to_have_value("visita_mas")
    page.locator("[data-template-name]").press("Enter")
    expect(page.locator("#template-body")).to_be_focused()
    return page


def known_to_the_simulator(desk, product):
    """The desk's account and number stand in the simulator, with a token of their own."""
    channel, token = desk.channel, f"token-of-{desk.channel.pk}"
    number = {"phone_number_id": channel.external_id, "display_phone_number": channel.address}
    told = {
        "app_secret": "0" * 32,
        "verify_token": "verify",
        "callback_url": f"{product.simulator}/nowhere/",
        "access_token": token,
        "waba_id": channel.business_id,
        "business_id": f"7{channel.business_id}",
        "numbers": [number | {"verified_name": "Clinic Example"}],
    }
    httpx2.post(f"{product.simulator}/simulator/api/apps", json=told, timeout=20).raise_for_status()
    with clinic_scope(desk.clinic.pk):
        channel.api_url, channel.access_token = f"{product.simulator}/graph", token
        channel.save()


def test_a_template_is_written_seen_kept_and_submitted(desk, product):
    known_to_the_simulator(desk, product)
    page = begin(desk)
    body, preview = page.locator("#template-body"), page.locator("[data-template-preview]")

    body.press_sequentially("Hello ")
    page.get_by_role("button", name="First name").click()
    expect(page.get_by_label("First name")).to_have_value("Marta")
    expect(preview).to_contain_text("Hello Marta")
    expect(page.locator("[data-problem=body]")).to_contain_text("end with a variable")
    body.press_sequentially(", your *visit* is on Friday at nine.")
    expect(preview.locator("b")).to_have_text("visit")
    expect(page.locator("[data-problem=body]")).to_be_empty()
    expect(page.locator("[data-template-saved]")).to_have_text("Draft saved")

    page.reload()
    expect(body).to_have_value("Hello {{first_name}}, your *visit* is on Friday at nine.")
    page.get_by_role("button", name="Submit to Meta").click()
    expect(page.locator("[data-template-stands]")).to_have_attribute("data-template-stands", "PENDING")
    expect(page.locator("#template-body")).to_be_disabled()


def test_buttons_are_made_and_moved_by_keyboard_and_problems_take_the_focus(desk):
    page = begin(desk)
    texts = page.locator("[data-template-preview] .sent-buttons li")

    page.get_by_role("button", name="Quick reply").press("Enter")
    page.keyboard.type("Yes")
    page.get_by_role("button", name="Link").press("Enter")
    page.keyboard.type("Map")
    page.keyboard.press("Alt+ArrowUp")
    expect(texts).to_have_text(["Map", "Yes"])
    page.get_by_role("button", name="Remove button").last.press("Enter")
    expect(texts).to_have_text(["Map"])
    expect(page.get_by_role("button", name="Remove button")).to_be_focused()

    page.get_by_role("button", name="Submit to Meta").press("Enter")
    expect(page.locator("#template-body")).to_be_focused()
    expect(page.locator("[data-problem-count]")).to_have_text("2 things to correct first.")
    with clinic_scope(desk.clinic.pk):
        assert Template.objects.get().status == Template.DRAFT


def second_admin(desk, path):
    """Another admin's window on the same page."""
    with clinic_scope(desk.clinic.pk):
        desk.person = make_member("Ben Admin", Role.ADMIN).user
    return desk.sit_down(path)


def test_two_admins_in_one_draft_see_each_others_words_and_none_are_lost(desk):
    ada = begin(desk)
    ada.locator("#template-body").fill("We see you on Friday.")
    expect(ada.locator("[data-template-saved]")).to_have_text("Draft saved")
    ben = second_admin(desk, urlsplit(ada.url).path)
    body, other = ben.locator("#template-body"), ben.locator("[data-template-other]")
    expect(body).to_have_value("We see you on Friday.")

    ada.locator("#template-footer").fill("Clinic Example")
    expect(ada.locator("[data-template-saved]")).to_have_text("Draft saved")
    body.fill("We see you on Monday.")

    expect(other).to_contain_text("Ada Agent has written something else here:")
    expect(other.locator("dd")).to_have_text(["We see you on Friday.", "Clinic Example"])
    expect(ben.locator("[data-template-saved]")).to_contain_text("first choose")
    body.fill("We see you on Monday at nine.")
    ben.reload()
    expect(other).to_contain_text("We see you on Friday.")
    expect(body).to_have_value("We see you on Monday at nine.")

    ben.get_by_role("button", name="Keep mine").press("Enter")
    expect(ben.locator("[data-template-saved]")).to_have_text("Draft saved")
    expect(other).to_have_count(0)
    ada.locator("#template-footer").fill("Clinic Example, Harbour")
    ada.get_by_role("link", name="Take theirs").click()
    expect(ada.locator("#template-body")).to_have_value("We see you on Monday at nine.")
    expect(ada.locator("#template-footer")).to_have_value("")
    expect(ada.locator("[data-template-other]")).to_have_count(0)
    assert ada.evaluate("Object.keys(localStorage).filter((each) => each.includes('template:'))") == []


def test_an_example_photo_is_seen_in_the_preview_after_a_reload_too(desk):
    page = begin(desk)
    page.locator("#template-header").select_option("IMAGE")
    photo = {"name": "reception.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}

    page.locator("[data-sample]").set_input_files(photo)

    shown = page.locator("[data-template-preview] img")
    for _look in range(2):
        expect(shown).to_be_visible()
        expect(shown).not_to_have_js_property("naturalWidth", 0)
        page.reload()
    page.locator("#template-header").select_option("DOCUMENT")
    expect(page.locator("[data-sample-kept]")).to_have_count(0)
    page.locator("#template-header").select_option("IMAGE")
    expect(shown).to_have_count(0)
