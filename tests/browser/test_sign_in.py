"""Setting up and using a second step in a real browser, with an app of the test's own and a virtual authenticator."""

import re

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from tests.clinics.signing_in import PASSWORD, code_of
from tests.factories import make_clinic, make_member

pytestmark = pytest.mark.django_db(transaction=True)

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def address(product) -> str:
    """A passkey needs a name, not a number."""
    return product.address.replace("127.0.0.1", "localhost")


@pytest.fixture
def member():
    with clinic_scope(make_clinic("Strict Clinic", requires_mfa=True).pk):
        return make_member("Ada Agent")


@pytest.fixture
def blocked(page) -> list[str]:
    """What the content security policy has kept the page from doing."""
    found = []
    page.on("console", lambda line: "Content Security Policy" in line.text and found.append(line.text))
    return found


def sign_in(page, address, member):
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("E-mail address").fill(member.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_authenticator_app_is_set_up_and_asked_for(page, address, member, blocked):
    sign_in(page, address, member)
    expect(page).to_have_url(f"{address}/settings/security/")
    page.get_by_role("link", name="Set up an app").click()
    secret = page.get_by_label("Key for the app").input_value()
    assert page.locator(".settings-qr").evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Use this app").click()
    codes = page.locator(".settings-codes").inner_text().split()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download").click()
    assert saved.value.path().read_text().split() == codes
    page.get_by_role("link", name="I have kept them").click()
    page.goto(f"{address}/")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, address, member)
    page.get_by_label("Code of your app").fill(codes[0])
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    assert blocked == []


def test_a_passkey_is_the_second_step_and_then_the_whole_sign_in(page, address, member, blocked):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, address, member)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Front desk")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="I have kept them").click()
    page.goto(f"{address}/settings/security/")
    expect(page.get_by_text("Front desk")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, address, member)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{address}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()

    page.goto(f"{address}/settings/security/")
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Reception")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Reception")).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(page).to_have_url(re.compile(r"/settings/security/$"))
    expect(page.get_by_text("Strict Clinic asks for a second step")).to_be_visible()
    assert blocked == []
    with clinic_scope(member.clinic_id):
        assert AuditEntry.objects.filter(action="second_factor.passkey_removed").count() == 1
