from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import AuditEntry, Role
from clinics.refusal import Refused
from inbox.models import AnswerRules, ChannelRule, CloseReason, Conversation, Episode, Message, TeamTarget
from inbox.operations import handling, rules
from tests.factories import make_channel, make_conversation, make_member, make_team
from tests.inbox.screens import HTMX, signed_in

PAGE = "/settings/answering/"


@pytest.fixture
def admin(clinic):
    return make_member("Ana Admin", Role.ADMIN)


def test_texts_are_kept_and_shown_as_a_patient_would_read_them(admin):
    told = {"greets": "on", "greeting-en": "Hello <b>you</b>", "quiet_minutes": "45"}

    page = signed_in(admin).post(PAGE + "texts/", told, headers=HTMX).content.decode()

    held = AnswerRules.objects.get()
    assert (held.greets, held.greeting, held.quiet_minutes) == (True, {"en": "Hello <b>you</b>"}, 45)
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page
    assert AuditEntry.objects.filter(action="answering.changed", member=admin).count() == 1


def test_a_greeting_without_words_is_not_switched_on(admin):
    page = signed_in(admin).post(PAGE + "texts/", {"greets": "on", "quiet_minutes": "30"}, headers=HTMX)

    assert "Write the text first" in page.content.decode()
    assert not AnswerRules.objects.exists()


def test_assignment_targets_and_channels_are_settled(admin):
    team, channel, browser = make_team(), make_channel(), signed_in(admin)

    browser.post(PAGE + "assigning/", {"assigning": "least_open", "heeds_languages": "on"})
    browser.post(PAGE + "targets/", {"first_reply_minutes": "30", "next_reply_minutes": ""})
    browser.post(f"{PAGE}channels/{channel.pk}/", {"team": str(team.pk)})

    held, rule = AnswerRules.objects.get(), ChannelRule.objects.get()
    assert (held.assigning, held.is_sticky, held.heeds_languages) == ("least_open", False, True)
    assert (held.first_reply_minutes, held.next_reply_minutes) == (30, None)
    assert (rule.answers, rule.team) == (False, team)


def test_a_reason_is_asked_when_the_clinic_wishes_and_stays_with_the_episode(admin):
    browser, conversation = signed_in(admin), make_conversation()
    browser.post(PAGE + "reasons/", {"name": "Visit booked"})
    browser.post(PAGE + "asking/", {"asks_reason": "required"})
    reason = CloseReason.objects.get()
    head = browser.get(f"/conversations/{conversation.pk}/", headers=HTMX).content.decode()
    assert "Visit booked" in head
    close = f"/conversations/{conversation.pk}/close/"

    refused = browser.post(close, headers=HTMX)
    browser.post(close, {"close_reason": str(reason.pk), "close_note": "For Leo"}, headers=HTMX)

    assert "Choose why" in refused["HX-Trigger"]
    episode = Episode.objects.get(conversation=conversation)
    assert (episode.close_reason, episode.close_note) == (reason, "For Leo")
    event = Message.objects.get(conversation=conversation, kind="closed")
    assert event.content == {"by": "Ana Admin", "reason": "Visit booked", "note": "For Leo"}


def test_a_reason_that_is_dropped_is_not_asked_for_any_more(admin):
    reason, conversation = rules.add_reason("Spam", by=admin), make_conversation()
    rules.change_rules(by=admin, asks_reason="required")
    with pytest.raises(Refused):
        handling.close(conversation, by=admin)

    rules.drop_reason(reason, by=admin)

    assert handling.close(conversation, by=admin)
    assert Conversation.objects.get().status == "closed"


def test_the_list_of_what_is_overdue_has_the_most_urgent_first_and_each_its_sign(clinic, member):
    now = timezone.now()
    for name, due, soon in (("Late", -5, -20), ("Later", -1, -20), ("Soon", 5, -1), ("Fine", 50, 30)):
        conversation = make_conversation(
            waiting_since=now - timedelta(hours=1),
            reply_due_at=now + timedelta(minutes=due),
            reply_soon_at=now + timedelta(minutes=soon),
        )
        conversation.contact.name = name
        conversation.contact.save()

    page = signed_in(member).get("/conversations/?view=overdue", headers=HTMX).content.decode()

    assert [page.find(name) for name in ("Fine",)] == [-1]
    assert page.find("Late") < page.find("Later") < page.find("Soon")
    assert (page.count("is-overdue"), page.count("is-soon")) == (2, 3)


def test_there_is_an_end_to_reasons_for_closing(admin, monkeypatch):
    monkeypatch.setattr(rules, "MOST_REASONS", 1)
    for name in ("Solved", "Spam"):
        page = signed_in(admin).post(f"{PAGE}reasons/", {"name": name})

    assert "Delete one first" in page.content.decode()
    assert CloseReason.objects.count() == 1


def test_a_team_is_given_targets_of_its_own(admin):
    team, browser = make_team("Doctors"), signed_in(admin)
    address = f"{PAGE}targets/{team.pk}/"

    page = browser.post(address, {"first_reply_minutes": "240", "next_reply_minutes": ""}).content.decode()
    refused = browser.post(address, {"first_reply_minutes": "0"}).content.decode()

    own = TeamTarget.objects.get()
    assert (own.team, own.first_reply_minutes, own.next_reply_minutes) == (team, 240, None)
    assert 'value="240"' in page
    assert "greater than or equal to 1" in refused
    assert AnswerRules.objects.exists()
    [entry] = AuditEntry.objects.filter(action="answering.team_changed")
    assert entry.detail["after"] == {"first_reply_minutes": 240, "next_reply_minutes": None}
