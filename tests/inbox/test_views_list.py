"""The list: which conversations are in which view, in pages, found by words, drawn in a fixed number of queries."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import AuditEntry
from inbox import listed, queries, search
from inbox.listing import Listing
from inbox.models import Conversation, Tag, Tagging
from inbox.templatetags.bubble_parts import drawn_row
from inbox.views.rows import rows_of
from tests.factories import (
    make_channel,
    make_clinic,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_message,
    make_team,
)

from .screens import queries_of, signed_in

URL = "/conversations/"


def conversation_of(name, **fields):
    return make_conversation(make_identity(make_contact(name)), **fields)


def names(found) -> list[str]:
    return [conversation.contact.name for conversation in found]


def test_each_view_holds_its_own(member):
    conversation_of("Mine Example", assignee=member, unread=2)
    conversation_of("Hers Example", assignee=make_member("Ines Agent"), team=make_team("Hers"))
    now = timezone.now()
    conversation_of(
        "Free Example", waiting_since=now, reply_soon_at=now, reply_due_at=now + timedelta(minutes=1)
    )
    conversation_of("Ours Example", team=make_team("Ours", [member]))
    conversation_of("Later Example", status="snoozed", unread=1)
    conversation_of("Done Example", status="closed")

    shown = {view: set(names(listed.page(member, Listing(view))[0])) for view in queries.VIEWS}

    assert shown == {
        "mine": {"Mine Example"},
        "team": {"Ours Example"},
        "unassigned": {"Free Example", "Ours Example"},
        "unread": {"Mine Example"},
        "waiting": {"Free Example"},
        "overdue": {"Free Example"},
        "all": {"Mine Example", "Hers Example", "Free Example", "Ours Example"},
        "snoozed": {"Later Example"},
        "closed": {"Done Example"},
        "mentions": set(),
    }
    counts = {
        "mine": 1,
        "team": 1,
        "unassigned": 2,
        "unread": 1,
        "waiting": 1,
        "overdue": 1,
        "all": 4,
        "snoozed": 1,
    }
    assert listed.counts(member) == counts


def test_pages_follow_each_other_without_a_gap_or_a_double(member):
    moment = timezone.now()
    for number in range(queries.ROWS * 2 + 5):
        conversation_of(f"Patient {number}", last_message_at=moment - timedelta(seconds=number // 3))

    seen, after = [], ""
    for _page in range(3):
        rows, after = listed.page(member, Listing(), after)
        seen += [row.pk for row in rows]

    assert (len(seen), len(set(seen)), after) == (queries.ROWS * 2 + 5, queries.ROWS * 2 + 5, "")


def test_counts_stop_at_a_hundred(member, monkeypatch):
    monkeypatch.setattr(listed, "MOST_COUNTED", 2)
    for number in range(3):
        conversation_of(f"Patient {number}")

    assert listed.counts(member)["all"] == 2


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(member, django_assert_max_num_queries):
    browser = signed_in(member)
    conversation_of("One Example", assignee=member, team=make_team())
    one = queries_of(browser, URL, django_assert_max_num_queries)
    for name in ("Two Example", "Three Example"):
        conversation_of(name, assignee=make_member(name), team=make_team(name))

    assert queries_of(browser, URL, django_assert_max_num_queries) == one


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"preview": "Another question"}, "Another question"),
        ({"unread": 7}, ">7<"),
        ({"priority": 2}, "Urgent"),
        ({"tagged": lambda: [Tagging(tag=Tag(name="invoice"))]}, "invoice"),
        ({"preview_direction": "out"}, "You:"),
        ({"waiting_since": lambda: timezone.now() - timedelta(minutes=42)}, "42 min"),
        ({"last_inbound_at": lambda: timezone.now() - timedelta(hours=23, minutes=10)}, "49 min"),
        ({"last_message_at": timezone.now() - timedelta(days=1)}, "Yesterday"),
        ({"status": "snoozed", "snoozed_until": timezone.now() + timedelta(days=1)}, "row-snoozed"),
    ],
)
def test_a_row_drawn_before_is_drawn_anew_when_it_changed(member, change, shown):
    conversation = conversation_of("Drawn Twice", last_inbound_at=None)
    before = drawn_row(*rows_of([conversation]))

    for name, value in change.items():
        # Minutes ago, counted when the test is run: it may be long after it was collected.
        setattr(conversation, name, value() if callable(value) else value)

    assert (shown in before, shown in drawn_row(*rows_of([conversation]))) == (False, True)


def test_a_row_drawn_before_counts_on(member):
    conversation = conversation_of("Waits Example", waiting_since=timezone.now() - timedelta(minutes=5))
    drawn_row(*rows_of([conversation]))

    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        again = drawn_row(*rows_of([conversation]))

    assert "8 min" in again


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("alva", ["María Álvarez"]),
        ("maria alv", ["María Álvarez"]),
        ("0199", ["María Álvarez"]),
        ("(202) 555-0199", ["María Álvarez"]),
        ("vacci", ["Other Example"]),
        ("shot vaccination", ["Other Example"]),
        ("预约", ["陈示例"]),
        ("' | & !) :*", []),
        ("nobody", []),
    ],
)
def test_search_finds_names_numbers_and_words_by_their_beginnings(member, words, found):
    make_conversation(make_identity(make_contact("María Álvarez"), wa_id="12025550199"))
    make_message(conversation_of("Other Example"), "When is Leo's vaccination shot?")
    make_message(conversation_of("陈示例"), "我想预约明天")

    assert names([hit.conversation for hit in search.find_conversations(member, words)]) == found


@pytest.mark.parametrize("typed", ["½", "aʹb", "ß", "ﬁ", "Ω", "٣", "x" * 3_000])
def test_a_letter_that_is_several_without_its_accent_is_no_error(member, typed):
    conversation = conversation_of("Other Example")
    make_message(conversation, f"before {typed} after")

    assert [hit.conversation for hit in search.find_conversations(member, typed)] in ([conversation], [])


@pytest.mark.parametrize("looked_back", [1, 3, 100])
def test_however_far_is_looked_at_first_the_newest_are_found(member, monkeypatch, looked_back):
    monkeypatch.setattr(search, "LOOKED_BACK", looked_back)
    monkeypatch.setattr(search, "HITS", 3)
    conversation = conversation_of("Other Example")
    said = [make_message(conversation, f"hello {number}") for number in range(5)]
    make_message(conversation, "good bye")

    found = search.find_conversations(member, "hello")

    assert [hit.message for hit in found] == said[:1:-1]


def test_a_frequent_words_index_is_not_read(member, monkeypatch):
    monkeypatch.setattr(search, "LOOKED_BACK", 4)
    monkeypatch.setattr(search, "HITS", 3)
    conversation = conversation_of("Other Example")
    for number in range(6):
        make_message(conversation, f"hello {number}" if number else "rare words")

    def looks(typed: str) -> list[bool]:
        with CaptureQueriesContext(connection) as captured:
            search.find_conversations(member, typed)
        statements = [each["sql"] for each in captured if '"inbox_message"."search" @@' in each["sql"]]
        return ["IS TRUE" in each for each in statements]

    assert looks("hello") == [True]
    assert looks("rare") == [True, False]


def test_a_search_is_on_record_without_its_words(member):
    make_conversation(make_identity(make_contact("Searched Person")))

    signed_in(member).post("/conversations/", {"q": "searched"})

    entry = AuditEntry.objects.get(action="conversations.searched")
    assert (entry.member, entry.detail) == (member, {"found": 1})


def test_a_search_tells_where_it_matched_and_leads_there(member):
    message = make_message(conversation_of("Other Example"), "<b>When</b> is the vaccination?")

    page = signed_in(member).post(URL, {"q": "vaccin"}).content.decode()

    assert "&lt;b&gt;When&lt;/b&gt; is the <mark>vaccin</mark>ation?" in page
    assert f"message={message.pk}" in page


def test_changed_rows_leave_out_those_that_left_the_view(member):
    mine, other = conversation_of("Mine Example", assignee=member), conversation_of("Free Example")

    page = signed_in(member).get("/conversations/rows/", {"view": "mine", "ids": f"{mine.pk},{other.pk}"})

    assert (f"row-{mine.pk}" in page.content.decode(), f"row-{other.pk}" in page.content.decode()) == (
        True,
        False,
    )


def test_an_empty_list_says_what_to_do(member):
    browser = signed_in(member)

    assert "No number is connected yet" in browser.get(URL).content.decode()
    make_channel()
    assert "appears here within a second" in browser.get(URL).content.decode()


@pytest.mark.parametrize("query", ["after=nonsense", "after=1_2"])
def test_a_made_up_cursor_is_not_found(member, query):
    assert signed_in(member).get(f"{URL}?{query}").status_code == 404


@pytest.mark.django_db
def test_another_clinics_conversations_are_not_listed_found_or_refetched():
    ours, theirs = make_clinic(), make_clinic("Other Clinic")
    with clinic_scope(theirs.pk):
        secret = conversation_of("Hidden Example")
        make_message(secret, "vaccination")
    with clinic_scope(ours.pk):
        stranger = make_member()
    browser = signed_in(stranger.user)

    pages = [
        browser.get(URL),
        browser.post(URL, {"q": "hidden"}),
        browser.post(URL, {"q": "vaccination"}),
        browser.get("/conversations/rows/", {"ids": str(secret.pk)}),
    ]

    assert [
        ("Hidden" in page.content.decode(), str(secret.pk) in page.content.decode()) for page in pages
    ] == [(False, False)] * 4


def test_the_styleguide_is_drawn_from_rows_that_are_in_no_table(member):
    page = signed_in(member).get("/styleguide/?theme=dark&dir=rtl")

    assert (page.status_code, Conversation.objects.count()) == (200, 0)
    said = page.content.decode().partition("Templates: the list")[2]
    parts = ["template-item", "data-template-stands", "template-history", "data-guide-preview", "data-put="]
    parts += [
        "data-template-button",
        "Two variables stand side by side",
        "Ana Admin has written something else",
    ]
    assert [part for part in parts if part not in said] == []
    assert "hx-trigger" not in said  # nothing asks by itself about what is in no table
