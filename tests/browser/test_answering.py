"""Closing with a reason by keyboard, the list of what is overdue, and the settings list on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member, Role
from inbox.models import AnswerRules, CloseReason, Conversation, Episode
from inbox.models.conversations import WINDOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_overdue_is_opened_and_closed_with_a_reason_by_keyboard(desk):
    thread, now = desk.threads[0], timezone.now()
    with clinic_scope(desk.clinic.pk):
        AnswerRules.objects.create(asks_reason="required")
        for place, name in enumerate(("Visit booked", "No answer")):
            CloseReason.objects.create(name=name, place=place)
        due = {"reply_due_at": now - timedelta(minutes=5), "reply_soon_at": now - timedelta(minutes=20)}
        Conversation.objects.filter(pk=thread.pk).update(waiting_since=now - timedelta(hours=1), **due)
    page = desk.sit_down()

    page.keyboard.press("g")
    page.keyboard.press("o")
    rows = page.locator("#rows .row-link")
    expect(rows).to_have_count(1)
    expect(rows.locator(".is-overdue")).to_contain_text("overdue")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".head-due")).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Visit booked")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator(".event.is-episode .chip")).to_have_text("No answer")
    with clinic_scope(desk.clinic.pk):
        episode = Episode.objects.select_related("close_reason").get(conversation=thread)
    assert episode.close_reason.name == "No answer"


def test_on_a_phone_the_settings_list_unfolds_and_the_week_is_filled_in(desk):
    with clinic_scope(desk.clinic.pk):
        Member.objects.filter(pk=desk.member.pk).update(role=Role.ADMIN)
    page = desk.sit_down("/settings/profile/", viewport={"width": 360, "height": 740})

    page.get_by_role("button", name="Profile").click()
    page.get_by_role("link", name="Business hours").click()
    expect(page.get_by_role("button", name="Business hours")).to_have_attribute("aria-expanded", "false")
    page.get_by_label("Monday, span 1, closes").fill("18:00")
    page.get_by_role("button", name="Monday for all working days").click()
    expect(page.get_by_label("Friday, span 1, closes")).to_have_value("18:00")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".settings-saved")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_the_last_hour_of_the_window_who_still_waits_is_shown_and_helped(desk):
    now = timezone.now()
    ending = {"last_inbound_at": now - WINDOW + timedelta(minutes=40)}
    with clinic_scope(desk.clinic.pk):
        rows = Conversation.objects.filter(pk__in=[each.pk for each in desk.threads[:2]])
        rows.update(waiting_since=None, **ending)
        Conversation.objects.filter(pk=desk.threads[0].pk).update(waiting_since=ending["last_inbound_at"])
    page = desk.sit_down(f"/conversations/{desk.threads[0].pk}/")
    waiting, answered = (
        page.locator(".row", has_text=name).locator(".when-closing") for name in ("Nora", "Otto")
    )
    expect(waiting).to_have_text("answer now")
    expect(answered).to_be_hidden()

    page.get_by_role("button", name="Answer now").click()
    expect(page.locator("[data-composer-text]")).to_be_focused()
    page.get_by_role("button", name="A template later").click()
    expect(page.locator("#later-menu")).to_contain_text("Window closed by then: template only")
    page.keyboard.press("Escape")

    page.locator(".row-link", has_text="Otto").click()
    expect(page.locator("[data-line-window]")).to_contain_text("Closes in")
    expect(page.get_by_role("button", name="Answer now")).to_be_hidden()
