"""The patient panel beside the thread."""

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
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
