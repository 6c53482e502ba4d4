"""The patient panel beside the thread."""

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from contacts.operations import define_field
from inbox import realtime
from inbox.models import Attachment
from tests.browser.desk import open_thread
from tests.factories import make_message

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_document_that_comes_in_is_among_the_files_without_a_reload(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    expect(page.locator("#panel-files")).not_to_contain_text("letter.pdf")

    with clinic_scope(desk.clinic.pk):
        message = make_message(desk.threads[0], "", kind="document")
        file = Attachment(
            message=message, channel=desk.channel, kind="document", filename="letter.pdf", state="stored"
        )
        file.file.save(f"{desk.clinic.pk}/letter.pdf", ContentFile(b"%PDF-1.4"))
        realtime.publish(realtime.topic(desk.threads[0].pk))

    expect(page.locator("#panel-files")).to_contain_text("letter.pdf")


def test_a_fact_is_corrected_in_place_and_shows_at_a_colleagues_too(desk):
    with clinic_scope(desk.clinic.pk):
        define_field("Insurance", "text", by=None)
        secret = define_field("Diagnosis", "text", is_hidden=True, by=None)
    path = f"/conversations/{desk.threads[0].pk}/"
    page, colleague = desk.sit_down(path), desk.sit_down(path)
    expect(colleague.get_by_label("Writing for")).to_have_value("")

    page.get_by_label("Insurance").fill("AOK 123")
    page.get_by_label("Writing for").fill("Leo, her son")
    page.keyboard.press("Enter")
    expect(colleague.get_by_label("Insurance")).to_have_value("AOK 123")
    expect(colleague.get_by_label("Writing for")).to_have_value("Leo, her son")

    page.get_by_label("Time zone").fill("Moon/Crater")
    page.keyboard.press("Tab")
    expect(page.locator("#panel-fields .is-wrong")).to_contain_text("Europe/Madrid")
    expect(page.get_by_label("Time zone")).to_have_value("Moon/Crater")
    page.get_by_label("Time zone").press("Escape")
    expect(page.get_by_label("Time zone")).to_have_value("")
    expect(page.locator("#panel-fields .is-wrong")).to_have_count(0)

    page.locator(f"#field-{secret.pk} [data-shows]").press("Enter")
    expect(page.locator(f"#field-{secret.pk} input")).to_be_focused()
    page.keyboard.type("Asthma")
    page.keyboard.press("Enter")
    expect(page.locator(f"#field-{secret.pk} [data-shows]")).to_have_text("Show")

    page.get_by_label("New note").fill("Afraid of needles")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("New note")).to_be_focused()
    expect(colleague.locator("#panel-notes")).to_contain_text("Afraid of needles")
