"""An admin's first day: from an address to a clinic in which a colleague sees the first message."""

import json

import httpx2
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role
from tests.factories import make_clinic, make_member
from tests.keeping import META

# Meta's script, as far as the page knows it: the window ends well at once.
SDK = """
window.FB = {
  init() {},
  login(answer, options) {
    const data = JSON.stringify({type: "WA_EMBEDDED_SIGNUP", event: "FINISH", data: TOLD});
    dispatchEvent(new MessageEvent("message", {origin: "https://evil.example", data: data.replace(/\\d+/g, "666")}));
    dispatchEvent(new MessageEvent("message", {origin: "https://www.facebook.com", data}));
    answer({authResponse: {code: TOLD.code}});
  },
};
"""
pytestmark = pytest.mark.django_db(transaction=True)
LATE = 30_000  # a message travels through the simulator, the door, and a worker


def begin(page, address):
    """By keyboard: from the sign-in page to the empty inbox."""
    page.goto(f"{address}/accounts/login/")
    page.get_by_role("link", name="Begin with a clinic of your own").press("Enter")
    page.get_by_label("Your e-mail address").fill("olga@new.example")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Go on").press("Enter")
    page.get_by_label("Name of the clinic").fill("Harbour Clinic")
    page.get_by_label("Your name").fill("Olga Owner")
    page.get_by_label("Choose a password").fill("four unrelated words")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome, Olga Owner")).to_be_visible()


def test_from_an_address_to_a_colleague_who_sees_the_first_message(page, product, browser):
    begin(page, product.address)
    expect(page.locator(".step.is-done")).to_have_count(0)

    page.get_by_role("button", name="Try with the simulator").press("Enter")

    expect(page.locator(".row", has_text="Nora Example")).to_be_visible(timeout=LATE)
    expect(page.locator(".step.is-done")).to_have_count(2, timeout=LATE)

    page.get_by_role("link", name="Invite somebody").press("Enter")
    page.get_by_label("E-mail address").fill("ines@new.example")
    page.keyboard.press("Enter")
    link = page.get_by_label("Invitation link").input_value()
    window = browser.new_context()
    colleague = window.new_page()
    colleague.set_default_timeout(LATE)
    colleague.goto(link)
    colleague.get_by_label("Your name").fill("Ines Agent")
    colleague.get_by_label("Choose a password").fill("some other unrelated words")
    colleague.keyboard.press("Enter")
    expect(colleague.locator(".row", has_text="Nora Example")).to_be_visible()
    expect(colleague.get_by_role("heading", name="Welcome")).to_have_count(0)
    window.close()

    page.goto(f"{product.address}/settings/first-steps/")
    expect(page.locator(".step.is-done")).to_have_count(3)


def test_a_number_comes_by_metas_window(page, product):
    with clinic_scope(make_clinic().pk):
        owner = make_member("Olga Owner", Role.OWNER).user
    client = Client()
    client.force_login(owner, settings.AUTHENTICATION_BACKENDS[0])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": product.address}]
    )
    shown = {"app_id": META["META_APP_ID"], "app_secret": META["META_APP_SECRET"]}
    shown |= {"display_phone_number": "+44 20 7946 0199", "verified_name": "Harbour Clinic"}
    fetched, blocked = [], []
    page.on("console", lambda line: "Content Security" in line.text and blocked.append(line.text))

    def metas_script(route):
        fetched.append(route.request.url)
        told = httpx2.post(f"{product.simulator}/simulator/api/sign-ups", json=shown, timeout=20).json()
        route.fulfill(body=SDK.replace("TOLD", json.dumps(told)), content_type="text/javascript")

    page.route("https://connect.facebook.net/**", metas_script)
    page.goto(f"{product.address}/settings/channels/connect/")
    page.get_by_role("link", name="Connect with Meta").press("Enter")
    button = page.get_by_role("button", name="Open Meta's window", exact=True)
    expect(button).to_be_enabled()
    assert fetched == []

    button.press("Enter")
    pin = page.get_by_label("Six-digit PIN")
    expect(pin).to_be_visible(timeout=LATE)
    pin.fill("123456")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Harbour Clinic")).to_contain_text("Connected", timeout=LATE)
    assert (len(fetched), blocked) == (1, [])
