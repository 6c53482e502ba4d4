"""Sending later, undo, files and emoji, as a member works them."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox.models import Conversation, Message
from tests.browser.desk import open_thread

pytestmark = pytest.mark.django_db(transaction=True)


def states(desk) -> list[tuple[str, str]]:
    with clinic_scope(desk.clinic.pk):
        return list(
            Message.objects.filter(direction="out").order_by("created_at").values_list("text", "state")
        )


def test_an_answer_is_sent_later_changed_and_taken_back(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.fill("[data-composer-text]", "See you at ten.")
    page.click(".composer-tools [data-later]")
    expect(page.locator(".later-choice").first).to_be_focused()
    page.keyboard.press("Enter")

    waiting = page.locator("#scheduled .scheduled-one")
    expect(waiting).to_contain_text("See you at ten.")
    expect(page.locator("[data-composer-text]")).to_have_value("")
    expect(page.locator("#messages")).not_to_contain_text("See you at ten.")
    expect(page.locator(".row.is-selected .row-scheduled")).to_be_visible()

    waiting.get_by_role("button", name="Edit").click()
    expect(page.locator("[data-composer-text]")).to_have_value("See you at ten.")
    expect(page.locator("[data-line-later]")).to_be_visible()
    expect(page.locator("#scheduled")).to_be_hidden()
    page.click("[data-later-drop]")
    page.fill("[data-composer-text]", "See you at eleven.")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-out:not(.is-pending)")).to_contain_text("See you at eleven.")

    assert [text for text, state in states(desk) if state != "cancelled"] == ["See you at eleven."]


def test_undo_brings_the_words_back_and_nothing_leaves(desk):
    with clinic_scope(desk.clinic.pk):
        Member.objects.update(undo_seconds=10)
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.fill("[data-composer-text]", "To the wrong patient")
    page.keyboard.press("Enter")
    expect(page.locator("[data-undo-press]")).to_contain_text(re.compile(r"Undo \d"))

    page.keyboard.press("Control+z")

    expect(page.locator("[data-composer-text]")).to_have_value("To the wrong patient")
    expect(page.locator(".message.is-out")).to_have_count(0)
    assert states(desk) == [("To the wrong patient", "cancelled")]


def test_files_tell_their_limits_and_carry_a_caption_each(desk, tmp_path):
    page = desk.sit_down()
    open_thread(page, "Nora")
    first, second = tmp_path / "one.txt", tmp_path / "two.txt"
    first.write_text("One"), second.write_text("Two")
    (tmp_path / "run.exe").write_bytes(b"MZ")

    page.set_input_files("[data-files]", [first, second, tmp_path / "run.exe"])
    expect(page.locator(".upload.is-done")).to_have_count(2)
    expect(page.locator(".upload.is-broken")).to_contain_text("kind that WhatsApp does not take")
    page.locator("[data-composer-text]").press("Enter")
    expect(page.locator("[data-line-refusal]")).to_contain_text("could not be uploaded")
    page.locator(".upload.is-broken [data-upload-remove]").press("Enter")
    expect(page.locator(".upload [data-upload-remove]").last).to_be_focused()
    page.locator("[data-upload-caption]").nth(1).fill("The second")
    page.fill("[data-composer-text]", "The first")
    page.keyboard.press("Enter")

    expect(page.locator(".message.is-out:not(.is-pending)")).to_have_count(2)
    assert sorted(text for text, _ in states(desk)) == ["The first", "The second"]


def test_emoji_are_searched_and_chosen_by_keyboard(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.click("[data-emoji]")
    expect(page.locator("[data-emoji-search]")).to_be_focused()
    page.keyboard.type("tooth")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("[data-composer-text]")).to_have_value("🦷")
    page.click("[data-emoji]")
    expect(page.locator("[data-emoji-recent] .emoji-button")).to_have_text(["🦷"])


def test_after_a_reaction_the_focus_is_where_it_was(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    react = page.get_by_role("button", name="React with an emoji").first
    react.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-emoji-search]")).to_be_focused()
    page.keyboard.type("tooth")
    expect(page.locator("[data-emoji-choice='🦷']")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator(".reaction.is-ours")).to_have_count(1)
    expect(react).to_be_focused()


def test_a_time_in_free_words_is_shown_before_it_is_taken(desk):
    page = desk.sit_down()
    open_thread(page, "Nora")
    page.fill("[data-composer-text]", "See you then")
    page.click(".composer-tools [data-later]")
    page.fill("#later-words", "whenever")
    expect(page.locator("#later-words-read")).to_contain_text("This was not understood.")
    page.fill("#later-words", "2031-01-01 9:30")
    expect(page.locator("#later-words-read")).to_contain_text("Choose a time within a year.")
    page.fill("#later-words", "in 3 hours")
    at = (timezone.now() + timedelta(hours=3)).astimezone(ZoneInfo(desk.clinic.time_zone))
    expect(page.locator("#later-words-read")).to_contain_text(f"{at:%Y, %H:}")
    page.locator("#later-words").press("Enter")
    expect(page.locator("#scheduled")).to_contain_text("See you then")

    page.locator("[data-does=snooze]").first.click()
    page.fill("#snooze-words", "tomorrow 9")
    page.locator("#snooze-words").press("Enter")
    expect(page.locator("#head")).to_have_attribute("data-status", "snoozed")
    with clinic_scope(desk.clinic.pk):
        until = Conversation.objects.get(pk=desk.threads[0].pk).snoozed_until
    zone = ZoneInfo(desk.clinic.time_zone)
    tomorrow = timezone.now().astimezone(zone).date() + timedelta(days=1)
    assert f"{until.astimezone(zone):%Y-%m-%d %H:%M}" == f"{tomorrow} 09:00"
