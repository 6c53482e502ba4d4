"""Lists: narrowed, in their orders, in pages and between places; and what of them a member may know."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from inbox import listed, listing, queries
from inbox.listing import Listing, read
from inbox.models import Conversation, Tag, Tagging
from tests.factories import (
    make_channel,
    make_contact,
    make_conversation,
    make_identity,
    make_member,
    make_team,
)

from .screens import signed_in


def conversation_of(name, language="", **fields):
    return make_conversation(make_identity(make_contact(name, language=language)), **fields)


def names(found) -> list[str]:
    return [conversation.contact.name for conversation in found]


def shown(member, **conditions) -> list[str]:
    return names(listed.page(member, Listing(**conditions))[0])


def tagged(conversation, name) -> Tag:
    tag, _made = Tag.objects.get_or_create(name=name)
    Tagging.objects.create(conversation=conversation, tag=tag)
    return tag


@pytest.fixture
def two(member):
    """Hugo's conversation fits every condition; the other one fits none."""
    fits = conversation_of(
        "Hugo Fits", "es", channel=make_channel(name="Second"), assignee=make_member("Ines Agent"),
        team=make_team("Night"), priority=2, unread=1, waiting_since=timezone.now() - timedelta(hours=2),
    )  # fmt: skip
    tagged(fits, "invoice")
    conversation_of("Otto Other", "en", channel=make_channel(name="First"))
    return fits


@pytest.mark.parametrize(
    "condition", ["channel", "assignee", "team", "language", "tags", "priorities", "unread", "waited"]
)
def test_each_condition_narrows_the_list(member, two, condition):
    wanted = {
        "channel": str(two.channel_id), "assignee": str(two.assignee_id), "team": str(two.team_id), "language": "es",
        "tags": (str(two.taggings.get().tag_id),), "priorities": ("urgent", "high"), "unread": True, "waited": 60,
    }  # fmt: skip

    assert sorted(shown(member)) == ["Hugo Fits", "Otto Other"]
    assert shown(member, **{condition: wanted[condition]}) == ["Hugo Fits"]
    assert listed.counts(member, {"it": Listing(**{condition: wanted[condition]})}) == {"it": 1}


def test_nobody_and_oneself_are_conditions_too(member, two):
    conversation_of("Mine Example", assignee=member)

    assert shown(member, assignee="me") == ["Mine Example"]
    assert shown(member, assignee="none") == ["Otto Other"]
    assert sorted(shown(member, team="none")) == ["Mine Example", "Otto Other"]


def test_a_state_replaces_that_of_the_list(member):
    conversation_of("Done Example", status="closed", assignee=member)
    conversation_of("Open Example", assignee=member)

    assert shown(member, view="mine", status="closed") == ["Done Example"]
    assert sorted(shown(member, view="mine", status="any")) == ["Done Example", "Open Example"]
    assert shown(member, view="closed", status="open") == ["Done Example"]


def test_a_list_is_its_address():
    address = "view=mine&sort=waiting&status=any&assignee=none&language=es"
    address += "&priority=high&priority=urgent&unread=1&waited=60"

    assert parse_qs(read(QueryDict(address)).address) == parse_qs(address)


@pytest.mark.parametrize(
    "address",
    ["view=theirs", "view=team-x", "sort=oldest", "status=lost", "channel=7", "tag=x", "priority=9", "waited=-5",
     "waited=99999999999", "waited=²"],
)  # fmt: skip
def test_what_an_address_says_wrongly_is_left_out(address):
    assert read(QueryDict(address)) == Listing()


def test_who_waits_longest_comes_first_and_who_does_not_wait_last(member):
    now = timezone.now()
    for name, minutes in (("Short", 5), ("Long", 50), ("Middle", 20)):
        conversation_of(name, waiting_since=now - timedelta(minutes=minutes))
    conversation_of("Older answered", last_message_at=now - timedelta(hours=1))
    conversation_of("Newer answered", last_message_at=now)

    assert shown(member, sort="waiting") == ["Long", "Middle", "Short", "Newer answered", "Older answered"]
    assert shown(member, view="waiting") == ["Long", "Middle", "Short"]


def test_urgent_comes_before_high_and_each_with_its_newest_first(member):
    now = timezone.now()
    for name, priority, minutes in (
        ("Old urgent", 2, 9),
        ("Normal", 0, 0),
        ("New urgent", 2, 5),
        ("High", 1, 1),
    ):
        conversation_of(name, priority=priority, last_message_at=now - timedelta(minutes=minutes))

    assert shown(member, sort="priority") == ["New urgent", "Old urgent", "High", "Normal"]


@pytest.fixture
def many(member, monkeypatch):
    """Fifteen conversations: a third waits, a third is urgent; pages have four rows."""
    monkeypatch.setattr(listed, "ROWS", 4)
    now = timezone.now()
    for number in range(15):
        conversation_of(
            f"Patient {number}", priority=2 * (number % 3 == 0), last_message_at=now - timedelta(minutes=number // 2),
            waiting_since=now - timedelta(minutes=number // 2) if number % 3 == 1 else None,
        )  # fmt: skip


@pytest.mark.parametrize("sort", listing.ORDERS)
@pytest.mark.parametrize("visibility", ["all", "team"])
def test_pages_follow_each_other_in_every_order(many, sort, visibility):
    member = make_member("Tim Agent", visibility=visibility)
    shown, after, seen = Listing(sort=sort), "", []
    for _page in range(4):
        rows, after = listed.page(member, shown, after)
        seen += [row.pk for row in rows]

    assert (len(seen), len(set(seen)), after) == (15, 15, "")
    monkey = listed._rows(member, shown, "", "", 100)
    assert seen == [row.pk for row in monkey]


@pytest.mark.parametrize("sort", listing.ORDERS)
def test_what_is_between_two_places_comes_back_as_it_was(member, many, sort):
    shown = Listing(sort=sort)
    whole = listed._rows(member, shown, "", "", 100)
    after, until = listing.place(whole[3], shown), listing.place(whole[11], shown)

    assert listed.between(member, shown, after, until) == whole[4:12]
    assert listed.between(member, shown, "", until) == whole[:12]


def test_the_list_answers_with_the_rows_between_two_places(member, many):
    whole = listed._rows(member, Listing(), "", "", 100)
    places = [listing.place(row, Listing()) for row in whole]

    page = signed_in(member).get("/conversations/", {"after": places[2], "until": places[4]}).content.decode()

    assert [f"row-{row.pk}" in page for row in whole[2:6]] == [False, True, True, False]


@pytest.mark.parametrize("query", ["after=9~1_2", "after=nonsense&sort=waiting", "until=x", "after=x~1"])
def test_a_made_up_place_is_not_found(member, query):
    assert signed_in(member).get(f"/conversations/?{query}").status_code == 404


@pytest.mark.parametrize(
    "conditions",
    [{"view": "unread"}, {"view": "waiting"}, {"sort": "priority"}, {"priorities": ("urgent",)}, {"waited": 5},
     {"status": "any", "unread": True}],
)  # fmt: skip
def test_what_an_admin_may_not_see_shows_in_no_list_that_says_more_than_that_it_is_there(admin, conditions):
    holder = make_member("Hugo Agent")
    conversation_of(
        "Secret Example", is_sensitive=True, assignee=holder, priority=2, unread=1,
        waiting_since=timezone.now() - timedelta(hours=1),
    )  # fmt: skip

    assert len(listed.page(admin, Listing())[0]) == 1
    assert listed.page(admin, Listing(**conditions)) == ([], "")
    assert listed.counts(admin, {"it": Listing(**conditions)}) == {"it": 0}
    assert listed.chosen(admin, Listing()) == []
    assert shown(holder, **conditions) == ["Secret Example"]


@pytest.mark.parametrize(
    ("conditions", "index"),
    [
        ({"view": "unread"}, "list_of_unread"),
        ({"view": "waiting"}, "list_of_waiting"),
        ({"sort": "waiting"}, "list_of_waiting"),
        ({"sort": "priority"}, "list_by_priority"),
    ],
)
def test_each_list_is_read_from_an_index_in_its_order(member, conditions, index):
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
        )
    shown = Listing(**conditions)

    (first, *_others) = listed._parts_in_order(
        member, shown, listing.ORDERS[shown.order][0], listing.EVERYTHING, 41
    )

    plan = first.explain()
    assert index in plan
    assert "Sort" not in plan.replace("Sort Key", "")


def test_the_menu_counts_each_list_the_teams_and_the_filters(member):
    team = make_team("Front desk", [member])
    conversation_of("Ours", team=team, unread=1)

    menu = signed_in(member).get("/conversations/views/").content.decode()

    assert (f"view=team-{team.pk}" in menu, "Front desk" in menu) == (True, True)
    assert (
        menu.count('class="menu-count">1<') == 5
    )  # the teams' list, this team's, unassigned, unread and all


def test_a_team_has_a_list_of_its_own(member):
    team = make_team("Front desk")
    conversation_of("Ours", team=team)
    conversation_of("Theirs", team=make_team("Others"))

    assert shown(member, view=f"{queries.TEAM}{team.pk}") == ["Ours"]


def test_the_rows_carry_the_list_they_are_in_and_what_marks_them(member):
    conversation = conversation_of("Hugo Example", priority=2)
    for name in ("invoice", "new", "vip"):
        tagged(conversation, name)

    page = signed_in(member).get("/conversations/", {"view": "all", "priority": "urgent"}).content.decode()

    assert f"/conversations/{conversation.pk}/?view=all&amp;priority=urgent" in page
    assert [word in page for word in ("Urgent", ">invoice<", ">new<", ">+1<")] == [True] * 4
    assert Conversation.objects.get().priority == 2
