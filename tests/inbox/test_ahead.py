"""A conversation that the page has ready before it is opened, and finding in one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinics.models import AuditEntry, Visibility
from inbox.operations import glass
from tests.factories import make_contact, make_conversation, make_identity, make_member, make_message

pytestmark = pytest.mark.django_db
AHEAD = {"HX-Request": "true", "X-Fragment": "1", "X-Ahead": "1"}


@pytest.fixture
def conversation(clinic):
    thread = make_conversation(make_identity(make_contact("Nora")), unread=1)
    make_message(thread, "Hello there")
    return thread


def browser_of(member) -> Client:
    browser = Client()
    browser.force_login(member.user)
    return browser


def ask(member, conversation, headers=AHEAD, path=""):
    return browser_of(member).get(f"/conversations/{conversation.pk}/{path}", headers=headers)


def recorded() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="conversation.").values_list("action", flat=True)
    )


def test_what_is_fetched_ahead_is_on_record_as_that_and_stays_unread(conversation):
    ada = make_member("Ada")

    for _twice in range(2):
        assert "Hello there" in ask(ada, conversation).content.decode()

    assert recorded() == ["conversation.fetched_ahead"]
    conversation.refresh_from_db()
    assert conversation.unread == 1


def test_opening_what_was_ready_is_on_record_each_time(conversation):
    ada = make_member("Ada")

    for _twice in range(2):
        ask(ada, conversation, {"X-Fragment": "1", "X-Opened": "1"}, "news/")
        ask(ada, conversation, {"X-Fragment": "1"}, "news/")

    assert recorded() == ["conversation.opened"] * 2


def test_nothing_is_fetched_ahead_of_what_is_sensitive_or_not_seen(conversation):
    conversation.is_sensitive = True
    conversation.assignee = ada = make_member("Ada")
    conversation.save()
    ben = make_member("Ben", visibility=Visibility.OWN)

    assert [ask(each, conversation).status_code for each in (ada, ben)] == [204, 204]
    assert recorded() == []


def test_an_emergency_is_never_fetched_ahead(conversation):
    ben = make_member("Ben", visibility=Visibility.OWN)
    glass.break_glass(conversation, "The patient is on the phone", by=ben)
    before = recorded()

    assert ask(ben, conversation).status_code == 204
    assert recorded() == before


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tooth", [2, 1]),
        ('"my tooth"', [1]),
        ("tooth -knee", [1]),
        ("from:patient", [2, 1, 0]),
        ("牙", [0]),
        ("nothing", []),
        ("", []),
    ],
)
def test_words_are_found_in_one_conversation_newest_first(conversation, typed, found):
    texts = ["牙痛", "About my tooth", "The tooth and my knee"]
    conversation.messages.all().delete()
    ago = timezone.now() - timedelta(hours=1)
    rows = [
        make_message(conversation, text, sent_at=ago + timedelta(minutes=at)) for at, text in enumerate(texts)
    ]
    make_message(make_conversation(make_identity(make_contact("Otto"))), "tooth")

    told = browser_of(make_member("Ada")).post(f"/conversations/{conversation.pk}/find/", {"q": typed}).json()

    assert told["found"] == [str(rows[at].pk) for at in found]
    assert not told["more"]


def test_finding_says_what_it_did_not_understand(conversation):
    told = (
        browser_of(make_member("Ada")).post(f"/conversations/{conversation.pk}/find/", {"q": "is:odd"}).json()
    )

    assert "does not know “odd”" in told["problems"][0]


def test_nothing_is_found_in_a_conversation_that_is_not_seen(conversation):
    ben = make_member("Ben", visibility=Visibility.OWN)

    assert browser_of(ben).post(f"/conversations/{conversation.pk}/find/", {"q": "hello"}).status_code == 404
