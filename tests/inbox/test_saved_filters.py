"""Filters that members keep: their own, their team's, everybody's; each shows what its reader may see."""

import json

import pytest

from clinics.models import AuditEntry
from inbox.models import SavedFilter
from tests.factories import make_contact, make_conversation, make_identity, make_member, make_team

from .screens import signed_in

FILTERS = "/conversations/filters/"


def conversation_of(name, **fields):
    return make_conversation(make_identity(make_contact(name)), **fields)


def keep(by, name="Urgent ones", listing="view=all&priority=urgent", **fields):
    return signed_in(by).post(FILTERS, {"name": name, "listing": listing, **fields})


def menu(member) -> str:
    return signed_in(member).get("/conversations/views/").content.decode()


def test_a_kept_filter_is_in_the_menu_with_its_count_and_shows_its_list(member):
    conversation_of("Urgent Example", priority=2)
    conversation_of("Calm Example")

    told = json.loads(keep(member, listing="view=all&priority=urgent&drop=table")["HX-Trigger"])

    kept = SavedFilter.objects.get()
    assert told["listed"] == {"address": f"saved={kept.pk}"}
    assert kept.listing == "view=all&priority=urgent"  # nothing else is kept
    assert "Urgent ones" in menu(member)
    page = signed_in(member).get("/conversations/", {"saved": kept.pk}).content.decode()
    assert ("Urgent Example" in page, "Calm Example" in page) == (True, False)
    assert f"?saved={kept.pk}" in page


def test_it_is_ones_own_a_teams_or_everybodys(admin):
    ours, outside = make_member("Ines Agent"), make_member("Otto Agent")
    team = make_team("Front desk", [ours])
    keep(ours, "Just mine")
    keep(ours, "For the team", share=team.pk)
    keep(admin, "For all", share="clinic")

    def seen(who):
        page = menu(who)
        return [name in page for name in ("Just mine", "For the team", "For all")]

    assert (seen(ours), seen(outside)) == ([True, True, True], [False, False, True])
    mine = SavedFilter.objects.get(name="Just mine")
    assert signed_in(outside).post(f"{FILTERS}{mine.pk}/", {"name": "Taken"}).status_code == 404
    assert signed_in(admin).post(f"{FILTERS}{mine.pk}/delete/").status_code == 404
    assert "Just mine" not in signed_in(outside).get("/conversations/", {"saved": mine.pk}).content.decode()


def test_who_is_no_admin_shares_with_no_more_than_their_teams(member):
    others = make_team("Others")

    answers = [keep(member, share="clinic"), keep(member, share=others.pk), keep(member, share="x")]

    assert SavedFilter.objects.count() == 0
    assert ["Admins share" in answers[0]["HX-Trigger"], "teams of yours" in answers[1]["HX-Trigger"]] == [
        True
    ] * 2


def test_a_shared_filter_shows_and_counts_for_each_what_is_theirs(admin):
    uma, tom = make_member("Uma Agent", visibility="own"), make_member("Tom Agent")
    keep(admin, share="clinic")
    conversation_of("Umas Example", priority=2, assignee=uma)
    conversation_of("Toms Example", priority=2, assignee=tom)
    address = {"saved": SavedFilter.objects.get().pk}

    pages = {who.name: signed_in(who).get("/conversations/", address).content.decode() for who in (uma, tom)}

    assert ("Umas" in pages["Uma Agent"], "Toms" in pages["Uma Agent"]) == (True, False)
    assert ("Umas" in pages["Tom Agent"], "Toms" in pages["Tom Agent"]) == (True, True)
    assert [f">{n}<" in menu(who).partition("Urgent ones")[2] for who, n in ((uma, 1), (tom, 2))] == [
        True
    ] * 2


def test_its_owner_renames_and_deletes_it_and_a_reader_may_not(admin, member):
    keep(admin, share="clinic")
    kept = SavedFilter.objects.get()

    refused = signed_in(member).post(f"{FILTERS}{kept.pk}/", {"name": "Mine now", "share": "clinic"})
    signed_in(admin).post(
        f"{FILTERS}{kept.pk}/", {"name": "Quick", "share": "clinic", "default_for": "agent"}
    )
    kept.refresh_from_db()

    assert "may change it" in refused["HX-Trigger"]
    assert (kept.name, kept.listing, kept.default_for) == ("Quick", "view=all&priority=urgent", "agent")
    signed_in(admin).post(f"{FILTERS}{kept.pk}/delete/")
    assert SavedFilter.objects.count() == 0
    said = AuditEntry.objects.filter(action__startswith="filter.").order_by("created_at")
    assert [each.action for each in said] == ["filter.saved", "filter.changed", "filter.deleted"]


def test_a_role_begins_with_its_filter_unless_the_address_says_otherwise(admin, member):
    conversation_of("Urgent Example", priority=2)
    conversation_of("Calm Example")
    keep(admin, share="clinic")
    kept = SavedFilter.objects.get()
    signed_in(admin).post(
        f"{FILTERS}{kept.pk}/", {"name": "Quick", "share": "clinic", "default_for": "agent"}
    )

    def shows_calm(who, path):
        return "Calm Example" in signed_in(who).get(path).content.decode()

    assert [shows_calm(who, "/") for who in (member, admin)] == [False, True]
    assert shows_calm(member, "/?view=all")


def test_what_somebody_keeps_for_themselves_is_named_in_no_log(member):
    keep(member, "Mrs Example owes us")

    assert AuditEntry.objects.get(action="filter.saved").detail == {}


@pytest.mark.parametrize("is_shared", [True, False])
def test_the_builder_offers_what_there_is_and_says_what_is_chosen(member, is_shared):
    team = make_team("Front desk")
    owner = make_member("Ines Agent")
    kept = SavedFilter.objects.create(
        name="Desk",
        owner=owner if is_shared else member,
        is_shared=is_shared,
        listing=f"view=all&team={team.pk}",
    )

    form = signed_in(member).get("/conversations/filter/", {"saved": kept.pk}).content.decode()

    assert f'value="{team.pk}" selected' in form
    assert ("Save changes" in form) == (not is_shared)
