"""Who sees which conversation, as rows, as a list, as a hint; and what changing that tells the screens."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinics.models import AuditEntry, Role, Visibility
from clinics.operations.members import change_role, change_visibility
from clinics.operations.teams import set_team_members
from clinics.refusal import Refused
from inbox import hub, listed, queries, search, telling
from inbox.listing import EVERYTHING, ORDERS, Listing
from inbox.models import Attachment, Change, Conversation, GlassBreak
from inbox.operations import handling
from tests.factories import (
    make_conversation,
    make_identity,
    make_member,
    make_message,
    make_team,
)

from .screens import HTMX, queries_of, signed_in


def expected(member, conversation, teams, broken) -> bool:
    """The rule in words: written anew here, so that neither of the product's two may drift."""
    is_own = conversation.assignee_id == member.pk
    is_teams = conversation.team_id in teams
    if conversation.pk in broken or is_own:
        return True
    if member.role == "agent" and member.visibility == "own":
        return False
    if is_teams:
        return True
    if conversation.is_sensitive:
        return False
    is_free = conversation.assignee_id is None and conversation.team_id is None
    return member.role != "agent" or member.visibility == "all" or is_free


def test_the_rule_is_one_in_queries_lists_counts_and_hints(clinic):
    members = [
        make_member(f"{role} {sees}", role, visibility=sees) for role, sees in product(Role, Visibility)
    ]
    teams = {member: make_team(f"Team of {member}", [member]) for member in members}
    stranger, strangers = make_member("Stranger"), make_team("Strangers")
    for member, is_sensitive, team in product(
        [None, stranger, *members], (False, True), ("", "own", "strange")
    ):
        whose = {"": None, "own": teams.get(member, strangers), "strange": strangers}[team]
        make_conversation(assignee=member, team=whose, is_sensitive=is_sensitive)
    everything = list(Conversation.objects.all())
    broken = {member: everything[number] for number, member in enumerate(members[3:], 10)}
    for member, conversation in broken.items():
        GlassBreak.objects.create(
            member=member, conversation=conversation, ends_at=timezone.now() + timedelta(hours=1)
        )
    look = telling.look([f"conversation-{each.pk}" for each in everything], [each.pk for each in members])

    for member in members:
        opened = {broken[member].pk} if member in broken else set()
        right = {each.pk for each in everything if expected(member, each, {teams[member].pk}, opened)}
        assert {each.pk for each in queries.visible_conversations(member)} == right, member
        hidden = {each.pk for each in queries.hidden_conversations(member)}
        assert hidden == {each.pk for each in everything} - right, member
        assert {fact.pk for fact in look.conversations if look.sights[member.pk].sees(fact)} == right, member
        shown = list(pages(member))
        assert len(shown) == len(set(shown)), member
        assert set(shown) == right, member
        assert member.is_admin or listed.counts(member)["all"] == min(len(right), listed.MOST_COUNTED)


def pages(member):
    """What the member sees of the list, page by page."""
    after = ""
    while True:
        rows, after = listed.page(member, Listing(), after)
        yield from (row.pk for row in rows if not row.is_sealed)
        if not after:
            return


@pytest.mark.parametrize("visibility", Visibility.values)
def test_the_list_takes_the_same_queries_for_one_row_and_for_three(
    clinic, visibility, django_assert_max_num_queries
):
    member = make_member("Ada Agent", visibility=visibility)
    make_team("Team", [member])
    browser = signed_in(member)
    make_conversation(assignee=member)
    one = queries_of(browser, "/conversations/?view=all", django_assert_max_num_queries)
    for _number in range(2):
        make_conversation(assignee=member)

    assert queries_of(browser, "/conversations/?view=all", django_assert_max_num_queries) == one


def test_who_sees_all_waits_for_no_further_query(clinic):
    member = make_member("Ada Agent")
    make_conversation()

    with CaptureQueriesContext(connection) as captured:
        listed.page(member, Listing())

    assert [each["sql"].count("SELECT") for each in captured if "UNION" in each["sql"]] == []
    # The page, whom it names, their addresses, their tags, and what is to be sent later.
    assert len(captured) == 5


def test_what_ones_teams_have_is_read_from_an_index_of_its_own(clinic):
    member = make_member("Ada Agent", visibility="team")
    make_team("Team", [member])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")

    newest = ORDERS["newest"][0]
    _, of_the_team, _ = listed._parts_in_order(member, Listing(), newest, EVERYTHING, 40)

    assert "Index Only Scan using list_by_team" in of_the_team.explain()


def press(who, conversation, what, **data):
    return signed_in(who).post(f"/conversations/{conversation.pk}/{what}/", data, headers=HTMX)


def test_handing_over_out_of_ones_own_sight_leads_back_to_the_list(clinic):
    member, other = make_member("Ada Agent", visibility="own"), make_member("Tom Agent")
    conversation = make_conversation(assignee=member)

    answer = press(member, conversation, "assign", member=other.pk)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/")
    browser = signed_in(member)
    assert browser.get(f"/conversations/{conversation.pk}/news/").status_code == 404
    assert Change.objects.get().topics == [f"conversation-{conversation.pk}", f"left-member-{member.pk}"]


def test_marking_what_nobody_has_makes_it_the_markers(clinic, member):
    conversation = make_conversation()

    answer = press(member, conversation, "sensitive")

    conversation.refresh_from_db()
    assert (answer.status_code, conversation.is_sensitive, conversation.assignee) == (200, True, member)
    assert [event.kind for event in conversation.messages.order_by("pk")] == ["assigned", "marked_sensitive"]
    assert AuditEntry.objects.filter(action="conversation.marked_sensitive", member=member).count() == 1


def test_marking_what_somebody_else_has_takes_it_out_of_the_markers_sight(clinic, member):
    conversation = make_conversation(assignee=make_member("Tom Agent"))

    assert press(member, conversation, "sensitive").headers["HX-Redirect"] == "/"
    assert not queries.visible_conversations(member).exists()


def test_the_mark_is_taken_off_again(clinic, member):
    conversation = make_conversation(assignee=member, is_sensitive=True)

    press(member, conversation, "sensitive", off="1")

    conversation.refresh_from_db()
    assert not conversation.is_sensitive


def test_a_sensitive_conversation_always_has_somebody(clinic, member):
    conversation = make_conversation(assignee=member, is_sensitive=True)

    with pytest.raises(Refused):
        handling.assign(conversation, to=None, by=member)


def test_a_quote_shows_nothing_of_another_conversation(clinic, member):
    hidden = make_message(make_conversation(is_sensitive=True), "Quokka")
    mine = make_conversation(assignee=member)
    make_message(mine, "As I said", reply_to_external_id=hidden.external_id)

    assert b"Quokka" not in signed_in(member).get(f"/conversations/{mine.pk}/").content


def test_the_panel_tells_of_another_conversation_only_that_there_is_one(clinic, member):
    mine = make_conversation(assignee=member)
    identity = make_identity(mine.contact, profile_name="Quokka")
    hidden = make_conversation(identity, is_sensitive=True, preview="Quokka", assignee=make_member("Tom"))

    page = signed_in(member).get(f"/conversations/{mine.pk}/").content.decode()

    assert ("Quokka" in page, f"/conversations/{hidden.pk}/" in page) == (False, True)


def test_a_search_finds_what_one_sees_behind_many_that_one_does_not(clinic, monkeypatch):
    monkeypatch.setattr(search, "HITS", 2)
    member = make_member("Ada Agent", visibility="own")
    make_message(make_conversation(assignee=member), "wallaby", sent_at=timezone.now() - timedelta(days=1))
    for _number in range(3):
        make_message(make_conversation(), "wallaby")

    assert len(search.find_conversations(member, "wallaby")) == 1


def test_another_members_upload_cannot_be_sent_along(clinic, member):
    from_other = make_member("Tom Agent")
    conversation = make_conversation(assignee=member)
    upload = _upload(conversation, from_other)

    data = {"client_id": "0198c000-0000-7000-8000-000000000001", "mode": "reply", "attachment": upload.pk}
    assert press(member, conversation, "messages", **data).status_code == 422


def _upload(conversation, member):
    return Attachment.objects.create(
        channel=conversation.channel, uploaded_by=member, kind="image", state="stored", filename="x.png"
    )


@pytest.mark.parametrize("change", ["visibility", "role", "team"])
def test_a_change_of_sight_is_told_to_the_member(clinic, admin, member, change):
    if change == "visibility":
        change_visibility(member, "own", by=admin)
    elif change == "role":
        change_role(member, "admin", by=admin)
    else:
        set_team_members(make_team(), [member], by=admin)

    assert Change.objects.get().topics == [f"sight-member-{member.pk}"]


def test_only_admins_decide_who_sees_what(clinic, member):
    with pytest.raises(Refused):
        change_visibility(make_member("Tom Agent"), "own", by=member)


def test_who_loses_a_conversation_is_told_to_look_at_the_list_anew(clinic):
    before, after, other = (make_member(name, visibility="own") for name in ("Ada", "Tom", "Uma"))
    conversation = make_conversation(assignee=before)
    handling.assign(conversation, to=after, by=before)
    topics = Change.objects.get().topics

    look = telling.look(topics, [before.pk, after.pk, other.pk])

    told = [look.told(each.pk, topics) for each in (before, after, other)]
    assert told == [["list"], [f"conversation-{conversation.pk}"], []]


async def test_a_hint_costs_one_query_for_all_sockets_and_none_while_all_see_all(db, monkeypatch):
    asked = []

    def look(clinic_id, topics, members):
        asked.append(topics)
        return telling.Look(is_guarded=bool(restricted))

    monkeypatch.setattr(hub, "_look", look)
    restricted, here = ["somebody"], hub.Hub()
    queues = [here.join("c", number) for number in range(3)]

    async def hear(seq, *topics):
        here._hear("c", seq, list(topics))
        hints = [queue.get_nowait() for queue in queues]
        return [await hint.told(number) for number, hint in enumerate(hints)]

    assert await hear(1, "conversation-1") == [[], [], []]
    restricted.clear()
    await hear(2, "conversation-2")
    assert await hear(3, "conversation-3") == [["conversation-3"]] * 3
    assert len(asked) == 2
    await hear(4, "sight-all", "conversation-4")  # the rules changed
    await hear(6, "conversation-6")  # one was not heard
    assert len(asked) == 4


async def test_of_changes_that_come_at_once_one_query_is_enough_while_all_see_all(db, monkeypatch):
    asked = []

    def look(clinic_id, topics, members):
        asked.append(topics)
        return telling.Look(is_guarded=False)

    monkeypatch.setattr(hub, "_look", look)
    here = hub.Hub()
    queue = here.join("c", 1)

    async def hear(*changes):
        for seq, topic in changes:
            here._hear("c", seq, [topic])
        return [await queue.get_nowait().told(1) for _ in changes]

    assert await hear((1, "contact-1"), (2, "contact-2"), (3, "contact-3")) == [
        ["contact-1"], ["contact-2"], ["contact-3"],
    ]  # fmt: skip
    assert asked == [["contact-1"]]
    await hear((4, "contact-4"), (5, "sight-all"))  # the rules changed while the fourth waited
    assert asked[1:] == [["sight-all"]]
