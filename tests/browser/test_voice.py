"""A voice message from a microphone, which Chromium pretends to have."""

import time

import pytest
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Attachment, Message
from tests.browser.desk import open_thread

pytestmark = pytest.mark.django_db(transaction=True)


def listened_to(desk) -> Attachment:
    """The file, once the worker has done with it."""
    for _try in range(100):
        with clinic_scope(desk.clinic.pk):
            file = Attachment.objects.get()
        if file.playable_state != "waiting":
            break
        time.sleep(0.1)
    return file


def test_a_voice_message_is_recorded_listened_to_and_sent(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.click("[data-record]")
    bar = page.locator("[data-recorder]")
    expect(bar).to_have_attribute("data-state", "recording")
    expect(page.locator("[data-record-time]")).to_have_text("0:01")
    page.click("[data-record-pause]")
    expect(bar).to_have_attribute("data-state", "paused")
    page.click("[data-record-play]")
    expect(bar).to_have_attribute("data-state", "playing")
    page.locator("[data-record-send]").evaluate("(button) => (button.click(), button.click())")

    expect(page.locator(".message.is-out [data-voice]")).to_be_visible()
    expect(bar).to_be_hidden()
    file = listened_to(desk)
    assert (file.kind, file.content_type, len(file.peaks)) == ("voice", "audio/ogg", 64)
    assert (file.playable_state, file.playable_type) == ("ready", "audio/mp4")
    assert file.seconds > 0.5


def test_one_that_is_still_on_its_way_shows_in_its_own_thread_alone(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.click("[data-record]")
    expect(page.locator("[data-record-time]")).to_have_text("0:01")
    held = []
    page.route("**/attachments/", lambda route: held.append(route))
    page.click("[data-record-send]")
    for _try in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    open_thread(page, "Otto")
    held[0].continue_()
    for _try in range(100):
        with clinic_scope(desk.clinic.pk):
            if Message.objects.filter(direction="out", conversation=desk.threads[0]).exists():
                break
        page.wait_for_timeout(50)

    expect(page.locator(".message.is-out")).to_have_count(0)
    with clinic_scope(desk.clinic.pk):
        assert Message.objects.get(direction="out").conversation_id == desk.threads[0].pk


def test_a_refused_microphone_is_told_plainly(desk):
    page = desk.sit_down()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    page.reload()
    open_thread(page, "Nora")

    page.click("[data-record]")

    expect(page.locator("[data-line-refusal]")).to_contain_text("does not allow the microphone")
    expect(page.locator("[data-recorder]")).to_be_hidden()
