"""An admin's first day: from an address to a clinic in which a colleague sees the first message."""

import pytest
from playwright.sync_api import expect

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
