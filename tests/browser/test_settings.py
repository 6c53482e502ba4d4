"""The settings by keyboard: nobody looks for the focus after saving, and what did not work is said."""

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Role
from clinics.operations.teams import create_team
from inbox.operations import rules
from tests.browser.screens import outside
from tests.factories import make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answering(desk):
    with clinic_scope(desk.clinic.pk):
        type(desk.member).objects.filter(pk=desk.member.pk).update(role=Role.ADMIN)
        rules.add_reason("No answer", by=desk.member)
        rules.add_reason("Visit booked", by=desk.member)
        create_team("Front desk")
    return desk.sit_down("/settings/answering/")


def test_the_focus_stays_with_what_was_done_or_goes_to_what_is_wrong(answering):
    page = answering
    save = page.locator("form[action$='/targets/'] button")
    save.press("Enter")
    expect(page.locator(".settings-saved")).to_have_text("Saved")
    expect(save).to_be_focused()

    reason = page.get_by_label("Reason", exact=True)
    reason.fill("Visit booked")
    page.get_by_role("button", name="Add reason").press("Enter")
    expect(page.get_by_text("There is a reason called Visit booked already.")).to_be_visible()
    expect(reason).to_be_focused()

    page.get_by_role("button", name="Remove No answer").press("Enter")
    expect(page.get_by_role("button", name="Remove Visit booked")).to_be_focused()


def test_a_fold_around_what_is_wrong_opens(answering):
    page = answering
    folded = page.get_by_label("Spanish", exact=True).first
    expect(folded).to_be_hidden()
    folded.evaluate("(text) => { text.removeAttribute('maxlength'); text.value = 'x'.repeat(5000) }")

    page.locator("form[action$='/texts/'] .button-primary").press("Enter")

    expect(folded).to_be_focused()


def test_a_request_that_fails_is_said(answering):
    page = answering
    page.route("**/reasons/", lambda route: route.fulfill(status=404))
    page.get_by_label("Reason", exact=True).fill("Moved away")

    page.get_by_role("button", name="Add reason").press("Enter")

    expect(page.locator(".toast")).to_have_text("This is not there any more.")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("Moved away")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_long_names_stay_within_the_page(answering, desk, direction):
    page = answering
    with clinic_scope(desk.clinic.pk):
        make_member("Wolkenstein-Donaudampfschifffahrtsgesellschaftskapitänin")
        create_team("Wirbelsäulenchirurgieterminvergabestelle")
    found = {}
    for path in ("answering", "members", "teams", "audit"):
        page.goto(f"{desk.address}/settings/{path}/")
        page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
        for width in (320, 390, 768):
            page.set_viewport_size({"width": width, "height": 800})
            found[f"{path} at {width}"] = outside(page)

    assert {where: what for where, what in found.items() if what} == {}


def test_after_a_row_is_gone_the_focus_is_no_field_of_another_kind(answering):
    page = answering
    for name in ("No answer", "Visit booked"):
        page.get_by_role("button", name=f"Remove {name}").press("Enter")
        expect(page.get_by_role("button", name=f"Remove {name}")).to_have_count(0)

    expect(page.get_by_role("heading", name="Answering")).to_be_focused()


def test_on_a_page_that_comes_whole_the_focus_goes_to_what_is_wrong_too(answering, desk):
    page = answering
    page.goto(f"{desk.address}/accounts/password/change/")
    for label, typed in (("Present password", "correct horse battery"), ("New password", "short")):
        page.get_by_label(label).fill(typed)
    page.get_by_label("The same again").fill("short")

    page.get_by_role("button", name="Change password").press("Enter")

    expect(page.get_by_text("This password is too short.")).to_be_visible()
    expect(page.get_by_label("New password")).to_be_focused()
