"""The example file at the head of a template: kept with the draft, shown to admins, gone with what it was for."""

import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from clinics.models import AuditEntry, Role
from inbox import authoring
from inbox.template_decisions import EDITED
from integrations.events import Invalid
from integrations.models import Template, TemplateDecision
from tests.factories import make_channel, make_member
from tests.inbox.files import jpeg
from tests.inbox.screens import HTMX, signed_in
from tests.inbox.template_pages import PAGE, WRITTEN, begun, page_of
from tests.inbox.templates import make_template

PHOTO_AND_BODY = ({"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "We see you on Friday."})


@pytest.fixture
def channel(clinic):
    return make_channel()


@pytest.fixture
def browser(channel):
    return signed_in(make_member("Ana Admin", Role.ADMIN))


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("clinic.jpg", jpeg(), "image/jpeg")


def folders_of(clinic) -> list[str]:
    """Those that hold files of the clinic."""
    place = str(clinic.pk)
    return default_storage.listdir(place)[0] if default_storage.exists(place) else []


def mark_in(page: str) -> str:
    """The one mark of the draft that the page knows."""
    [mark] = re.findall(r'<input type="hidden" name="base" value="([^"]*)">', page)
    return mark


def mark_of_page(browser, template) -> str:
    return mark_in(page_of(browser, template))


def test_an_example_file_goes_with_the_draft_and_can_be_taken_out(browser):
    template = begun(browser)

    said = browser.post(
        f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "IMAGE"} | {"file": photo()}, headers=HTMX
    )

    assert "clinic.jpg" in said.content.decode()
    assert authoring.parts_of(Template.objects.get()).footer == "Clinic Example"  # typed, and kept along
    browser.post(f"{PAGE}{template.pk}/sample/remove/", WRITTEN | {"header": "IMAGE"}, headers=HTMX)
    assert "clinic.jpg" not in page_of(browser, template)


def test_a_file_of_another_kind_is_refused_in_a_sentence_and_what_was_typed_stays(browser):
    template = begun(browser)

    said = browser.post(
        f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "DOCUMENT"} | {"file": photo()}, headers=HTMX
    )

    assert "notice-red" in said.content.decode()
    assert "Bring your papers" in said.content.decode()


def test_the_example_file_is_shown_to_admins_again_after_a_reload(browser):
    template = begun(browser)
    browser.post(
        f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "IMAGE"} | {"file": photo()}, headers=HTMX
    )

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
    browser.post(
        f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "IMAGE"} | {"file": photo()}, headers=HTMX
    )

    still = browser.post(f"{PAGE}{template.pk}/save/", WRITTEN | {"header": "IMAGE", "footer": ""}).json()
    told = browser.post(f"{PAGE}{template.pk}/save/", WRITTEN | {"header": "VIDEO"}).json()

    assert (still["has_sample"], told["has_sample"]) == (True, False)
    assert browser.get(f"{PAGE}{template.pk}/sample/file/").status_code == 404


def test_a_file_that_was_not_seen_is_not_submitted_though_the_words_are_the_same(browser, monkeypatch):
    monkeypatch.setattr(authoring, "submit", lambda *_args, **_more: pytest.fail("it was submitted"))
    template, typed = begun(browser), WRITTEN | {"header": "IMAGE"}
    other = signed_in(make_member("Ben Admin", Role.ADMIN))
    address, seen = f"{PAGE}{template.pk}/", [mark_of_page(browser, template)]

    for path, told in (
        ("sample/", {"file": photo()}),
        ("sample/", {"file": photo()}),
        ("sample/remove/", {}),
    ):
        other.post(address + path, typed | {"base": mark_of_page(other, template)} | told, headers=HTMX)
        said = browser.post(f"{address}submit/", typed | {"base": seen[-1]}, headers=HTMX).content.decode()
        assert "Ben Admin has written something else here:" in said
        assert ('<dt>Example file</dt><dd dir="auto">clinic.jpg</dd>' in said) == bool(told)
        seen.append(mark_of_page(browser, template))

    assert len(set(seen)) == 4


def test_who_changes_the_file_goes_on_writing(browser):
    template, typed = begun(browser), WRITTEN | {"header": "IMAGE"}
    address, marks = f"{PAGE}{template.pk}/", [mark_of_page(browser, template)]

    for path, told in (("sample/", {"file": photo()}), ("sample/remove/", {}), ("sample/remove/", {})):
        page = browser.post(address + path, typed | {"base": marks[-1]} | told, headers=HTMX)
        marks.append(mark_in(page.content.decode()))

    assert len(set(marks)) == 3  # where there was no file any more nothing changed
    saved = browser.post(f"{address}save/", typed | {"footer": "", "base": marks[-1]})
    assert saved.status_code == 200


@pytest.mark.parametrize("typed", [WRITTEN | {"header": "IMAGE"}, {}], ids=["with words", "alone"])
@pytest.mark.parametrize("path", ["sample/", "sample/remove/"])
def test_what_may_not_be_changed_now_gets_no_file_and_loses_none(browser, channel, clinic, path, typed):
    template = make_template(channel, *PHOTO_AND_BODY, external_id="7")
    browser.post(f"{PAGE}{template.pk}/sample/", WRITTEN | {"header": "IMAGE", "file": photo()})
    TemplateDecision.objects.create(template=template, kind=EDITED)  # once in 24 hours
    kept = Template.objects.values().get()

    said = browser.post(f"{PAGE}{template.pk}/{path}", typed | {"file": photo()}, headers=HTMX)

    assert '<p class="notice notice-red">' in said.content.decode()
    assert Template.objects.values().get() == kept
    assert folders_of(clinic) == [kept["sample"].split("/")[1]]


def test_submitted_at_this_moment_it_takes_no_file_and_nothing_is_left_on_the_disk(channel, clinic):
    member = make_member("Ana Admin", Role.ADMIN)
    template = make_template(channel, *PHOTO_AND_BODY, external_id="7", status="REJECTED")
    Template.objects.update(status="PENDING")  # as it was read, it could be changed

    with pytest.raises(Invalid, match="Meta is looking at it"):
        authoring.keep_sample(member, template, photo())
    with pytest.raises(Invalid, match="Meta is looking at it"):
        authoring.drop_sample(member, template)

    assert Template.objects.get().draft is None
    assert folders_of(clinic) == []


def test_a_draft_that_begins_with_a_file_is_on_record(browser, channel):
    template = make_template(channel, *PHOTO_AND_BODY, external_id="7")

    for _again in range(2):
        browser.post(f"{PAGE}{template.pk}/sample/", {"file": photo()}, headers=HTMX)

    assert Template.objects.get().sample_name == "clinic.jpg"
    assert AuditEntry.objects.filter(action="template.begun").count() == 1
