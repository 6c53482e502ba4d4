"""Every route asked with another clinic's ids, by everybody, with both walls and with either of them taken away."""

from uuid import uuid4

import pytest
from django.utils import timezone

from inbox.api import pages
from tests.isolation.asking import (
    API_METHODS,
    METHODS,
    OTHER_METHODS,
    REFUSED,
    actor,
    answer,
    ask,
    fitting,
    snapshot,
    without_what_changes,
)
from tests.isolation.entries import ACCESS, IDS, MACHINE, TEXTS
from tests.isolation.names import named_in_code, taken_by_forms, taken_by_the_api
from tests.isolation.reading import one_by_one
from tests.isolation.routes import BY_SECRET, all_routes, with_ids, without_ids

pytestmark = pytest.mark.django_db(transaction=True)
PAGES_AND_MACHINE = pytest.mark.parametrize("kind", ["owner", "token"])
NOT_ASKED = (302, 401, 403, 405)  # sent away, not let in or not by this method: no question was read
UNCHANGED = {"HTTP_IF_NONE_MATCH": "*", "HTTP_IF_MODIFIED_SINCE": "Fri, 01 Jan 2100 00:00:00 GMT"}


def routes_of(kind: str) -> list:
    """The routes with ids for a machine, or those for a browser: neither is let in by the other's door."""
    return [route for route in with_ids() if (ACCESS.get(route.template) == MACHINE) == (kind == "token")]


def foreign(theirs) -> dict[str, str]:
    """Another clinic's id under every name that takes one."""
    return {name: str(theirs.id_of(row)) for name, row in IDS.items()}


def test_every_route_with_something_in_its_path_is_in_the_matrix():
    odd = {route.template for route in all_routes() if route.places or "(?P" in route.template}

    assert odd - {route.template for route in with_ids()} == set(BY_SECRET)


def test_every_name_a_request_may_carry_is_in_the_matrix():
    """Read from the views by their source, from forms and serializers by their fields."""
    assert (named_in_code() | taken_by_forms()) - IDS.keys() - TEXTS == set(), (
        "tell tests/isolation/entries.py"
    )


SEARCHED = "/conversations/"  # by POST: what is searched for stands in no address


@PAGES_AND_MACHINE
def test_another_clinics_ids_are_unknown_everywhere(ours, theirs, walls, kind):
    others = OTHER_METHODS if walls == "both walls" else ()
    refuse_everything(ours, theirs, kind, (*(API_METHODS if kind == "token" else METHODS), *others))


@pytest.mark.parametrize("kind", ["admin", "agent"])
def test_another_clinics_ids_are_unknown_to_its_other_people(ours, theirs, kind):
    refuse_everything(ours, theirs, kind, METHODS)


def refuse_everything(ours, theirs, kind: str, methods: tuple) -> None:
    """Assert that no method on any route tells anything of another clinic's rows, or that they are unchanged."""
    client, before = actor(ours, kind), snapshot(theirs)

    for route in routes_of(kind):
        for path in fitting(theirs, route):
            for method in methods:
                status, text = ask(client, method, path, **UNCHANGED)
                assert status in REFUSED or method == "options", (method, path, status)
                assert theirs.word not in text, (method, path)

    assert snapshot(theirs) == before


@PAGES_AND_MACHINE
def test_another_clinics_id_is_answered_like_one_that_nobody_has(ours, theirs, kind):
    """Not only refused: status, headers and every word are those for an id that does not exist."""
    client, told = actor(ours, kind), []

    for route in routes_of(kind):
        for path in fitting(theirs, route):
            nowhere = path
            for pk in theirs.ids.values():
                nowhere = nowhere.replace(str(pk), str(uuid4()))
            for method in METHODS:
                foreign, unknown = answer(client, method, path), answer(client, method, nowhere)
                same = foreign.status_code == unknown.status_code and sorted(foreign.headers) == sorted(
                    unknown.headers
                )
                words = [without_what_changes(each.said) for each in (foreign, unknown)]
                if not same or words[0] != words[1]:
                    told.append((method, path))

    assert told == []


def test_our_own_ids_are_known(ours):
    """The matrix would pass if everything answered 404; this is what keeps it honest."""
    browser, machine = actor(ours, "owner"), actor(ours, "token")

    unknown = {route.template for route in with_ids()}
    for route in with_ids():
        client = machine if ACCESS.get(route.template) == MACHINE else browser
        for path in fitting(ours, route):
            if any(ask(client, method, path)[0] not in (404, 405) for method in METHODS):
                unknown.discard(route.template)

    assert unknown == set()


@PAGES_AND_MACHINE
def test_no_page_shows_another_clinics_word(ours, theirs, walls, kind):
    client, looked_up = actor(ours, kind), {}
    words = foreign(theirs) | {"q": theirs.word, "name": theirs.word}

    for route in (
        without_ids() if walls == "both walls" else [each for each in without_ids() if each.template]
    ):

        def shows_nothing(question, path="/" + route.template) -> bool:
            if path == SEARCHED:
                assert f"{theirs.word} " not in ask(client, "post", path, question)[1], question
            status, text = ask(client, "get", path, question)
            assert status < 500, (path, question)
            # The word we searched for comes back in the search field; a row would say more than that.
            assert f"{theirs.word} " not in text, (path, question)
            return status not in NOT_ASKED

        if shows_nothing({}):
            looked_up[route.template] = one_by_one(words, shows_nothing)

    page, names = {
        "owner": ("conversations/", {"q", "after", "assignee", "channel", "saved", "tag", "team"}),
        "token": ("api/v1/contacts/", set(words)),
    }[kind]
    assert looked_up[page] >= names


@PAGES_AND_MACHINE
def test_another_clinics_ids_in_a_query_show_nothing_of_it(ours, theirs, walls, kind):
    client, ids = actor(ours, kind), foreign(theirs)

    for route in routes_of(kind):
        for path in fitting(ours, route):

            def shows_nothing(question, path=path) -> bool:
                status, text = ask(client, "get", path, question)
                assert status < 500, (path, question)
                assert theirs.word not in text, (path, question)
                return status not in (404, 405)

            if walls == "both walls":
                one_by_one(ids, shows_nothing)
            else:
                shows_nothing(ids)


@PAGES_AND_MACHINE
def test_another_clinics_ids_in_a_body_have_no_effect(ours, theirs, walls, kind):
    client, before, ids = actor(ours, kind), snapshot(theirs), foreign(theirs)
    taken = sorted(ids.keys() & (taken_by_the_api() | {"clinic", "client_id"}))
    rest = {"text": "x", "kind": "text", "mode": "reply", "client_id": str(uuid4()), "name": "x"}
    doors = {"owner": ("settings/", "conversations/"), "token": ("api/",)}[kind]
    others = [route for route in without_ids() if route.template.startswith(doors)]

    for route in [*routes_of(kind), *others]:
        for path in fitting(ours, route) if route.places else ["/" + route.template]:
            for method in ("post", "patch") if kind == "token" else ("post",):

                def has_no_effect(data, path=path, method=method) -> bool:
                    status, text = ask(client, method, path, rest | data)
                    assert status < 500, (path, data, status)
                    assert theirs.word not in text, (path, data)
                    return status not in (
                        302,
                        401,
                        403,
                        404,
                        405,
                    )  # not this kind of row, or not for this actor

                if walls != "both walls" or not route.places:
                    has_no_effect(ids)
                elif kind == "token":  # its serializers go through all names, and take these
                    all(map(has_no_effect, (ids, *({name: ids[name]} for name in taken))))
                else:
                    one_by_one(ids, has_no_effect)

    assert snapshot(theirs) == before
    mentions = {str(pk) for pk in theirs.ids.values()}
    assert not [row for _, rows in snapshot(ours) for (row,) in rows if any(pk in row for pk in mentions)]


def test_a_cursor_made_in_another_clinic_leads_to_our_own_rows_only(ours, theirs, walls):
    for path in ("contacts/", "conversations/", "channels/", "templates/"):
        cursor = pages._write(timezone.now(), theirs.ids["contact"])
        status, text = ask(actor(ours, "token"), "get", f"/api/v1/{path}?cursor={cursor}")

        assert (status, theirs.word in text, ours.word in text) == (200, False, True), path


def test_the_apis_description_tells_of_no_clinic(ours, theirs):
    """Choices of fields in the schema, and in what OPTIONS answers, come from the code and not from rows."""
    described = {ask(actor(world, "token"), "get", "/api/v1/schema/")[1] for world in (ours, theirs)}
    options = [
        ask(actor(ours, "token"), "options", path)[1]
        for route in all_routes()
        if route.template.startswith("api/")
        for path in (fitting(ours, route) if route.places else ["/" + route.template])
    ]

    assert len({without_what_changes(text.partition("\n\n")[2] or text) for text in described}) == 1
    assert not [text for text in (*described, *options) if ours.word in text or theirs.word in text]


def test_with_both_walls_gone_the_matrix_sees_it(ours, theirs, no_walls):
    """What keeps all of the above honest: it is the walls that hold, and not the questions that miss."""
    shown = set()
    for kind in ("owner", "token"):
        client = actor(ours, kind)
        for route in routes_of(kind):
            for path in fitting(theirs, route):
                if theirs.word in ask(client, "get", path)[1]:
                    shown.add(route.template)
        for route in without_ids():
            if f"{theirs.word} " in ask(client, "get", "/" + route.template)[1]:
                shown.add(route.template)

    # Lists of conversations name the member's clinic once more, so not every page shows it.
    assert len(shown) >= 12, shown
