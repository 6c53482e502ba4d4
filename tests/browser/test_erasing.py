"""An admin erases a patient, from the panel to the receipt; a colleague's list loses them by itself."""

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member, Role
from contacts.models import Contact
from tests.browser.desk import open_thread

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_patient_is_erased_with_name_and_reason_and_the_receipt_comes_by_itself(desk):
    with clinic_scope(desk.clinic.pk):
        Member.objects.update(role=Role.OWNER)
    colleague = desk.sit_down()
    expect(colleague.locator(".row-link", has_text="Nora")).to_be_visible()
    page = desk.sit_down()
    open_thread(page, "Nora")

    page.get_by_role("link", name="Erase this patient…").click()
    page.get_by_label("Why").select_option("asked")
    page.get_by_label("Type “Nora Example”").fill("nora example")
    page.get_by_role("button", name="Erase for good").click()

    receipt = page.locator("#erasures tbody tr")
    expect(receipt).to_contain_text("Messages: 1", timeout=30_000)
    expect(page.locator("body")).not_to_contain_text("Nora")
    expect(colleague.locator(".row-link", has_text="Nora")).to_have_count(0)
    expect(colleague.locator(".row-link", has_text="Otto")).to_be_visible()
    with clinic_scope(desk.clinic.pk):
        assert sorted(Contact.objects.values_list("name", flat=True)) == ["Otto Sample", "Priya Exampleton"]
