"""Conditions of a search: what each leaves, what is told when one is wrong, and that none shows what is hidden."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from clinics.models import Visibility
from inbox import asking, search
from inbox.asking import Asked, Condition
from inbox.models import Tag, Tagging
from tests.factories import (
    make_channel,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
    make_team,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("nora  tooth", Asked("nora tooth")),
        ('"root canal" nora', Asked("nora", ("root canal",))),
        ('"root canal', Asked("", ("root canal",))),
        ('-nora -"no show"', Asked(without=("nora", "no show"))),
        ("in:closed -from:me", Asked(conditions=(Condition("in", "closed"), Condition("from", "me", True)))),
        ('IN:"Front desk"', Asked(conditions=(Condition("in", "Front desk"),))),
        ("at 10:30 see https://x.example", Asked("at 10:30 see https://x.example")),
        ("预约 من:hello", Asked("预约 من:hello")),
        ("- -- in:", Asked("-", without=(), conditions=(Condition("in", ""),))),
    ],
)
def test_a_search_is_taken_apart(typed, read):
    assert asking.read(typed) == read


@pytest.fixture
def member(clinic):
    return make_member("Ada Agent")


@pytest.fixture
def threads(member):
    """Nora asks and is answered by Ada; Otto's is closed, in a team, and has a photo and a link."""
    channel = make_channel(name="Main number")
    nora = make_conversation(make_identity(make_contact("Nora")), channel, assignee=member, unread=1)
    otto = make_conversation(
        make_identity(make_contact("Otto")), channel, status="closed", team=make_team("Front desk")
    )
    make_message(nora, "When is my root canal?", sent_at=NOW - timedelta(days=3))
    make_message(nora, "The canal of the root is Monday", direction="out", author=member, sent_at=NOW)
    make_message(otto, "My root canal hurts 牙痛 http://x.example", sent_at=NOW - timedelta(days=10))
    make_message(otto, "", kind="image", sent_at=NOW - timedelta(days=9))
    Tagging.objects.create(conversation=nora, tag=Tag.objects.create(name="Dental"))
    return {"nora": nora, "otto": otto}


def texts(member, typed) -> list[str]:
    return [
        hit.message.text if hit.message else hit.conversation.contact.name
        for hit in search.find(member, typed).hits
    ]


ASKED, ANSWERED = "When is my root canal?", "The canal of the root is Monday"
HURTS = "My root canal hurts 牙痛 http://x.example"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("root canal", [ANSWERED, ASKED, HURTS]),
        ('"root canal"', [ASKED, HURTS]),
        ('"牙痛"', [HURTS]),
        ("root -hurts", [ANSWERED, ASKED]),
        ('root -"root canal"', [ANSWERED]),
        ("root from:patient", [ASKED, HURTS]),
        ("root from:me", [ANSWERED]),
        ("root from:ada", [ANSWERED]),
        ("root -from:me", [ASKED, HURTS]),
        ("root in:closed", [HURTS]),
        ("root in:mine", [ANSWERED, ASKED]),
        ('root in:"front d"', [HURTS]),
        ("root assignee:nobody", [HURTS]),
        ("root assignee:agent", [ANSWERED, ASKED]),
        ("root has:link", [HURTS]),
        ("has:image", [""]),
        ("has:file -has:image", []),
        ("root after:7d", [ANSWERED, ASKED]),
        ("root before:2026-11-12", [HURTS]),
        ("on:2026-11-17", [ASKED]),
        ("on:today", [ANSWERED]),
        ("tag:dental root", [ANSWERED, ASKED]),
        ("tag:dental", ["Nora"]),
        ("is:unread", ["Nora"]),
        ("-is:unread", ["Otto"]),
        ("is:closed channel:main", ["Otto"]),
        ("nora in:closed", []),
        ("otto in:closed", ["Otto"]),
        ("otto -in:closed", []),
    ],
)
def test_conditions_narrow_what_is_found(member, threads, typed, found):
    with time_machine.travel(NOW, tick=False):
        assert texts(member, typed) == found


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            "form:me",
            "There is no “form:”. There are in:, assignee:, channel:, tag:, is:, from:, has:, before:",
        ),
        ("has:money", "“has:” does not know “money”. It knows file, image"),
        ("before:soon", "“soon” is no day. Write 2026-11-20, today"),
        ("on:2026-02-30", "is no day"),
        ("after:9999y", "“9999y” is no day"),
        ("in:nowhere", "No team is called “nowhere”. There are also open, snoozed, closed, mine"),
        ("from:zoe", "No colleague is called “zoe”."),
        ("tag:vip", "No tag is called “vip”."),
        ("channel:fax", "No number is called “fax”."),
        ("is:", "After “is:” comes what to look for."),
    ],
)
def test_what_is_wrong_with_a_condition_is_told(member, threads, typed, sentence):
    with time_machine.travel(NOW, tick=False):
        problems = search.find(member, f"root {typed}").problems

    assert [sentence in each for each in problems] == [True]


@pytest.mark.parametrize(
    "typed", ["root", "is:closed", "has:image", "in:front", "from:patient", "-xyz", "on:2026-11-10"]
)
def test_no_condition_shows_a_conversation_that_the_member_does_not_see(threads, typed):
    ben = make_member("Ben", visibility=Visibility.OWN)
    threads["nora"].is_sensitive = True
    threads["nora"].save()

    assert search.find(ben, typed).hits == []


def test_a_search_without_words_looks_only_so_far_back_and_says_so(member, threads, monkeypatch):
    monkeypatch.setattr(search, "LOOKED_FAR", 2)

    found = search.find(member, "has:image")
    assert (found.hits, found.is_cut) == ([], True)
    assert not search.find(member, "has:image before:2026-11-12").is_cut
    assert len(search.find(member, "has:image before:2026-11-12").hits) == 1


@pytest.mark.parametrize("rare", [0, 100])
def test_old_messages_with_a_word_and_a_condition_are_found_where_the_word_is_rare(
    member, threads, monkeypatch, rare
):
    monkeypatch.setattr(search, "LOOKED_BACK", 1)
    monkeypatch.setattr(search, "LOOKED_FAR", 1)
    monkeypatch.setattr(search, "RARE", rare)

    found = search.find(member, "hurts from:patient")

    assert (len(found.hits), found.is_cut) == ((1, False) if rare else (0, True))
