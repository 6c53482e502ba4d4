"""The thread: long ones in pages both ways, and what is looked at in it, by keyboard alone."""

import re
from datetime import timedelta
from io import BytesIO
from itertools import islice
from wave import open as open_wave

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from inbox import realtime
from inbox.models import Attachment, Attempt, Message, StatusEvent
from tests.factories import make_message

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timedelta(days=3)


def say(desk, count: int) -> list[Message]:
    """A thread of so many messages, one a minute, the first long ago."""
    conversation, began = desk.threads[0], timezone.now() - LONG_AGO
    rows = (
        Message(
            conversation=conversation,
            channel=desk.channel,
            direction="in" if number % 3 else "out",
            text=f"Number {number}",
            state="received" if number % 3 else "read",
            external_id=f"wamid.long{number}",
            sent_at=began + timedelta(minutes=number),
        )
        for number in range(count)
    )
    with clinic_scope(desk.clinic.pk):
        Message.objects.filter(conversation=conversation).delete()
        return Message.objects.bulk_create(islice(rows, count))


def keep(desk, message, kind: str, name: str, data: bytes, content_type: str) -> None:
    file = Attachment(
        message=message,
        channel=desk.channel,
        kind=kind,
        state="stored",
        filename=name,
        content_type=content_type,
    )
    file.file.save(f"{desk.clinic.pk}/{name}", ContentFile(data))
    file.thumbnail.save(f"{desk.clinic.pk}/{name}.webp", ContentFile(data))


def photo(colour: str) -> bytes:
    kept = BytesIO()
    Image.new("RGB", (320, 200), colour).save(kept, "PNG")
    return kept.getvalue()


def sound(seconds: int) -> bytes:
    kept = BytesIO()
    with open_wave(kept, "wb") as wave:
        wave.setnchannels(1)
        wave.setsampwidth(1)
        wave.setframerate(8000)
        wave.writeframes(b"\x80" * 8000 * seconds)
    return kept.getvalue()


def place_of(page, text: str) -> float:
    return page.get_by_text(text, exact=True).bounding_box()["y"]


def scroll_to(page, mark: str) -> None:
    page.locator(mark).evaluate("mark => mark.scrollIntoView({block: 'nearest'})")


def drawn(page) -> int:
    return page.locator("#messages > [data-at]").count()


def test_a_long_thread_is_read_both_ways_without_a_jump_and_stays_small(desk):
    messages = say(desk, 430)
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/")
    expect(page.get_by_text("Number 429", exact=True)).to_be_in_viewport()

    for _page in range(6):  # further back than stays drawn
        before = page.locator("#messages > [data-at]").first.inner_text()
        place = page.locator("#messages > [data-at]").first
        scroll_to(page, "#older")
        expect(place).not_to_have_text(before, use_inner_text=True)
    assert drawn(page) <= 300
    expect(page.get_by_text("Number 429", exact=True)).to_have_count(0)

    with clinic_scope(desk.clinic.pk):
        make_message(desk.threads[0], "Are you there?")
        realtime.publish(realtime.topic(desk.threads[0].pk))
    expect(page.locator("[data-to-latest]")).to_contain_text("1 new")
    page.locator("[data-to-latest]").click()
    expect(page.get_by_text("Are you there?", exact=True).last).to_be_in_viewport()

    page.goto(f"{desk.address}/conversations/{desk.threads[0].pk}/?message={messages[100].pk}")
    expect(page.get_by_text("Number 100", exact=True)).to_be_in_viewport()
    expect(page.locator("#newer")).to_be_attached()
    held = page.evaluate(
        """async () => {
            const box = document.querySelector('[data-scroller]');
            const seen = [...document.querySelectorAll('#messages > [data-at]')].find(
                (each) => each.getBoundingClientRect().top > 200);
            const before = seen.getBoundingClientRect().top;
            const last = document.getElementById('newer').dataset.newer;
            document.querySelector('#newer button').click();
            while (document.getElementById('newer')?.dataset.newer === last) await new Promise(requestAnimationFrame);
            return [before, seen.getBoundingClientRect().top];
        }"""
    )
    assert abs(held[0] - held[1]) < 2
    while page.locator("#newer").count():
        place = page.locator("#newer").get_attribute("data-newer")
        scroll_to(page, "#newer")
        expect(page.locator(f'#newer[data-newer="{place}"]')).to_have_count(0)
    expect(page.get_by_text("Are you there?", exact=True).last).to_be_attached()
    assert drawn(page) <= 300


def test_photos_voice_and_reasons_are_looked_at_by_keyboard(desk):
    with clinic_scope(desk.clinic.pk):
        for colour in ("red", "blue"):
            message = make_message(desk.threads[0], "", kind="image")
            keep(desk, message, "image", f"{colour}.png", photo(colour), "image/png")
        keep(
            desk,
            make_message(desk.threads[0], "", kind="voice"),
            "voice",
            "hello.wav",
            sound(30),
            "audio/wav",
        )
        sent = make_message(desk.threads[0], "At ten", "out", state="read", gate={"rule": "window"})
        Attempt.objects.create(message=sent, outcome="accepted", finished_at=timezone.now())
        StatusEvent.objects.create(
            channel=desk.channel, message=sent, external_id=sent.external_id, status="read",
            occurred_at=timezone.now(),
        )  # fmt: skip
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/")

    first = page.locator("#messages [data-enlarge]").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-lightbox-count]")).to_have_text("Photo 1 of 2")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-lightbox-count]")).to_have_text("Photo 2 of 2")
    page.keyboard.press("+")
    page.keyboard.press("r")
    expect(page.locator("[data-lightbox-zoom]")).to_have_text("150 %")
    expect(page.locator("[data-lightbox-image]")).to_have_class("is-turned")
    page.keyboard.press("Escape")
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(first).to_be_focused()

    seek = page.locator("[data-voice-seek]")
    seek.focus()
    page.keyboard.press(" ")
    expect(page.locator(".voice")).to_have_class("voice is-playing")
    page.keyboard.press("ArrowRight")
    expect(seek).to_have_attribute("aria-valuetext", re.compile(r"0:0[6-9] of 0:30"))
    page.keyboard.press(" ")
    page.locator("[data-voice-speed]").click()
    page.reload()
    expect(page.locator("[data-voice-speed]")).to_have_text("1.5×")

    foot = page.locator(f"#message-{sent.pk} [data-why]")
    foot.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#why")).to_contain_text("the patient had written within 24 hours")
    expect(page.locator("#why .why-steps li")).to_have_count(2)
    with clinic_scope(desk.clinic.pk):  # its bubble is drawn anew meanwhile
        Message.objects.filter(pk=sent.pk).update(state="failed", error_code="131026")
        realtime.publish(realtime.topic(desk.threads[0].pk))
    expect(page.locator(f"#message-{sent.pk}")).to_contain_text("Not sent.")
    page.keyboard.press("Escape")
    expect(foot).to_be_focused()
