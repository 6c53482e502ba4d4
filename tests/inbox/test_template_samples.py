"""The example file at the head of a template: kept with the draft, shown to admins, gone with what it was for."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clinics.models import Role
from inbox import authoring
from integrations.models import Template
from tests.factories import make_channel, make_member
from tests.inbox.files import jpeg
from tests.inbox.screens import HTMX, signed_in
from tests.inbox.template_pages import PAGE, WRITTEN, begun, page_of


@pytest.fixture
def browser(clinic):
    make_channel()
    return signed_in(make_member("Ana Admin", Role.ADMIN))


def test_an_example_file_goes_with_the_draft_and_can_be_taken_out(browser):
    template = begun(browser)
    photo = {"file": SimpleUploadedFile("clinic.jpg", jpeg(), "image/jpeg")}

    said = browser.post(f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "IMAGE"} | photo, headers=HTMX)

    assert "clinic.jpg" in said.content.decode()
    assert authoring.parts_of(Template.objects.get()).footer == "Clinic Example"  # typed, and kept along
    browser.post(f"{PAGE}{template.pk}/sample/remove/", WRITTEN | {"header": "IMAGE"}, headers=HTMX)
    assert "clinic.jpg" not in page_of(browser, template)


def test_a_file_of_another_kind_is_refused_in_a_sentence_and_what_was_typed_stays(browser):
    template = begun(browser)
    photo = {"file": SimpleUploadedFile("clinic.jpg", jpeg(), "image/jpeg")}

    said = browser.post(
        f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "DOCUMENT"} | photo, headers=HTMX
    )

    assert "notice-red" in said.content.decode()
    assert "Bring your papers" in said.content.decode()


def test_the_example_file_is_shown_to_admins_again_after_a_reload(browser):
    template = begun(browser)
    photo = {"file": SimpleUploadedFile("clinic.jpg", jpeg(), "image/jpeg")}
    browser.post(f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "IMAGE"} | photo, headers=HTMX)

    page, address = page_of(browser, template), f"{PAGE}{template.pk}/sample/file/"
    answer = browser.get(address)

    assert f'data-sample-header="IMAGE" data-sample-url="{address}?' in page
    assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "private, no-store"
    agent = signed_in(make_member("Ada Agent", Role.AGENT))
    assert agent.get(address).status_code == 403


def test_a_file_that_is_not_of_the_heading_any_more_is_gone_and_the_page_is_told(browser):
    template = begun(browser)
    photo = {"file": SimpleUploadedFile("clinic.jpg", jpeg(), "image/jpeg")}
    browser.post(f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "IMAGE"} | photo, headers=HTMX)

    still = browser.post(f"{PAGE}{template.pk}/save/", WRITTEN | {"header": "IMAGE", "footer": ""}).json()
    told = browser.post(f"{PAGE}{template.pk}/save/", WRITTEN | {"header": "VIDEO"}).json()

    assert (still["has_sample"], told["has_sample"]) == (True, False)
    assert browser.get(f"{PAGE}{template.pk}/sample/file/").status_code == 404
