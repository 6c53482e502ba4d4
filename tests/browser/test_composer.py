"""What is prepared in the composer goes with what it was prepared for, and with nothing else."""

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Attachment, Message
from tests.browser.desk import open_thread
from tests.browser.test_thread import say
from tests.inbox.files import jpeg
from tests.inbox.templates import PICTURE, make_template

pytestmark = pytest.mark.django_db(transaction=True)

FIELD = "[data-composer-text]"
PHOTO = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
WATCH_ADDRESSES = """
    window.held = new Set()
    const [make, drop] = [URL.createObjectURL, URL.revokeObjectURL].map((each) => each.bind(URL))
    URL.createObjectURL = (file) => [make(file)].map((url) => (held.add(url), url))[0]
    URL.revokeObjectURL = (url) => (held.delete(url), drop(url))
"""


class Held:
    """Uploads of a page that wait until they are let go."""

    def __init__(self, page):
        self.page, self.routes, self.is_open = page, [], False
        page.route("**/attachments/", self._take)

    def _take(self, route):
        route.continue_() if self.is_open else self.routes.append(route)

    def let_go(self):
        for _try in range(100):
            if self.routes:
                break
            self.page.wait_for_timeout(50)
        self.is_open = True
        for route in self.routes:
            route.continue_()


def choose_template(page, name):
    page.locator(".composer-tools [data-choose-template]").click()
    page.locator(".picker-item", has_text=name).click()
    expect(page.locator("[data-template-file]")).to_be_focused()


def choose_file(page):
    with page.expect_file_chooser() as chooser:
        page.locator("[data-template-file]").click()
    chooser.value.set_files(PHOTO)


def test_a_templates_file_goes_with_that_template_to_that_patient_alone(desk):
    with clinic_scope(desk.clinic.pk):
        for name in ("before", "after"):
            make_template(desk.channel, PICTURE, {"type": "BODY", "text": f"How it was {name}."}, name=name)
    page = desk.sit_down()
    page.evaluate(WATCH_ADDRESSES)
    chosen, send = page.locator("[data-template-file-name]"), page.locator("[data-picker-send]")
    open_thread(page, "Nora")
    choose_template(page, "before")
    choose_file(page)
    expect(page.locator("[data-preview-file] img")).to_be_visible()
    page.get_by_role("button", name="Back to the templates").click()
    page.locator(".picker-item", has_text="after").click()
    expect(chosen).to_have_text("Choose a file")
    send.click()
    expect(page.locator("[data-template-file]")).to_be_focused()

    held = Held(page)
    choose_file(page)
    page.keyboard.press("Escape")
    open_thread(page, "Otto")
    held.let_go()
    choose_template(page, "after")
    send.click()
    expect(page.locator("[data-template-file]")).to_be_focused()
    assert desk.sent() == []

    choose_file(page)
    expect(chosen).to_have_text("photo.jpg")
    send.click()
    expect(page.locator(".message.is-out img")).to_be_visible()
    with clinic_scope(desk.clinic.pk):
        sent = Attachment.objects.exclude(message=None).values_list("message__conversation", flat=True)
        assert list(sent) == [desk.threads[1].pk]
    assert page.evaluate("held.size") == 0


def test_a_note_leaves_the_files_and_the_time_of_the_answer_alone(desk):
    page = desk.sit_down()
    page.evaluate(WATCH_ADDRESSES)
    open_thread(page, "Nora")
    page.click(".composer-tools [data-later]")
    expect(page.locator(".later-choice").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-line-later]")).to_be_visible()
    held = Held(page)
    page.set_input_files("[data-files]", PHOTO)

    page.locator("[data-mode-button=note]").click()
    expect(page.locator("[data-line-later]")).to_be_hidden()
    expect(page.locator(".upload")).to_be_hidden()
    page.keyboard.type("Is this the right tooth?")
    page.keyboard.press("Enter")
    expect(page.locator(".note:not(.is-pending)")).to_contain_text("Is this the right tooth?")
    page.locator("[data-mode-button=reply]").click()
    expect(page.locator("[data-line-later]")).to_be_visible()
    held.let_go()
    page.locator("[data-upload-caption]").fill("Before")
    page.locator(FIELD).press("Enter")

    expect(page.locator("#scheduled .scheduled-one")).to_contain_text("Before")
    expect(page.locator(".is-pending")).to_have_count(0)
    with clinic_scope(desk.clinic.pk):
        answer = Message.objects.get(direction="out", attachments__isnull=False)
    assert answer.send_at is not None
    assert page.evaluate("held.size") == 0


def test_files_and_a_time_stay_while_one_reads_elsewhere_in_the_thread(desk):
    """What was found far above is shown with a composer of its own."""
    with clinic_scope(desk.clinic.pk):
        say(desk, 120)
    page = desk.sit_down()
    page.locator(".row-link", has_text="Nora").click()
    page.click(".composer-tools [data-later]")
    page.locator(".later-choice").first.press("Enter")
    page.set_input_files("[data-files]", PHOTO)
    page.locator("[data-upload-caption]").fill("Before")

    page.keyboard.press("Control+f")
    page.keyboard.type('"Number 3"')
    expect(page.locator(".is-found")).to_contain_text("Number 3")
    page.keyboard.press("Escape")

    expect(page.locator("[data-upload-caption]")).to_have_value("Before")
    expect(page.locator("[data-line-later]")).to_be_visible()
