"""Every route asked with another clinic's ids, by everybody, with both walls and with either of them taken away."""

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection, models
from django.test import Client
from psycopg.sql import SQL, Identifier

from clinic_inbox.local import throwaway
from clinic_inbox.tenancy import ClinicManager, clinic_scope
from clinics.models import Member
from tests.isolation.routes import BY_SECRET, all_routes, with_ids, without_ids
from tests.isolation.world import World

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = {400, 403, 404, 405, 415}
METHODS = ("get", "post")
API_METHODS = ("get", "post", "patch", "delete")
# Every name under which a form or the API takes an id, and whose id it is.
BODY_IDS = {
    "member": "member", "members": "member", "assignee": "member", "to": "member", "team": "team", "id": "conversation",
    "reply_to": "message", "attachment": "upload", "template": "template", "contact": "contact", "channel": "channel",
    "conversation": "conversation", "message": "message",
}  # fmt: skip


@pytest.fixture
def ours():
    return World("Alpha")


@pytest.fixture
def theirs():
    return World("Zulu")


@pytest.fixture
def no_manager(monkeypatch):
    """The ORM's wall is gone: managers return whatever Postgres lets through."""
    monkeypatch.setattr(ClinicManager, "get_queryset", models.Manager.get_queryset)


@pytest.fixture
def no_row_security(transactional_db):
    """Postgres' wall is gone: only the managers filter. Put up again afterwards."""
    connection.close()
    with psycopg.connect(throwaway.superuser_url(), autocommit=True) as superuser:
        rows = superuser.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
        ).fetchall()
        for (table,) in rows:
            superuser.execute(SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(Identifier(table)))
        yield
        connection.close()
        for (table,) in rows:
            superuser.execute(SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(Identifier(table)))


@pytest.fixture(params=["both walls", "no manager", "no row security"])
def walls(request):
    if request.param != "both walls":
        request.getfixturevalue(request.param.replace(" ", "_"))
    return request.param


def actor(world: World, kind: str) -> Client:
    """A browser or machine of this clinic."""
    if kind == "token":
        return Client(headers={"authorization": f"Bearer {world.token}"}, raise_request_exception=False)
    client = Client(raise_request_exception=False)
    if kind != "stranger":
        client.force_login(getattr(world, "agent" if kind == "removed" else kind).user)
    if kind == "removed":
        with clinic_scope(world.clinic.pk):
            Member.objects.filter(pk=world.agent.pk).update(is_active=False)
    return client


def ask(client: Client, method: str, path: str, data=None) -> tuple[int, str]:
    """The status and everything the answer says."""
    cache.clear()  # rate limits are another test's subject
    options = {"content_type": "application/json"} if path.startswith("/api/") and method != "get" else {}
    response = getattr(client, method)(path, data or {}, **options)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return response.status_code, body.decode("utf-8", "replace")


def snapshot(world: World) -> list:
    """All rows of a clinic as they are, seen by a superuser, whatever the walls."""
    with psycopg.connect(throwaway.superuser_url(), autocommit=True) as superuser:
        tables = superuser.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE column_name = 'clinic_id' AND table_schema = 'public' ORDER BY 1"
        ).fetchall()
        query = SQL("SELECT t::text FROM {} t WHERE clinic_id = %s ORDER BY 1")
        return [
            (table, superuser.execute(query.format(Identifier(table)), [world.clinic.pk]).fetchall())
            for (table,) in tables
        ]


def test_every_route_with_something_in_its_path_is_in_the_matrix():
    odd = {route.template for route in all_routes() if route.places or "(?P" in route.template}

    assert odd - {route.template for route in with_ids()} == set(BY_SECRET)


@pytest.mark.parametrize("kind", ["owner", "token"])
def test_another_clinics_ids_are_unknown_everywhere(ours, theirs, walls, kind):
    client, before = actor(ours, kind), snapshot(theirs)

    for route in routes_of(kind):
        for path in route.paths(choice(theirs, route)):
            for method in API_METHODS if kind == "token" else METHODS:
                status, text = ask(client, method, path)
                assert status in REFUSED, (method, path, status)
                assert theirs.word not in text, (method, path)

    assert snapshot(theirs) == before


def routes_of(kind: str) -> list:
    """The routes for a machine, or those for a browser: neither is let in by the other's door (see below)."""
    return [route for route in with_ids() if route.template.startswith("api/") == (kind == "token")]


def test_a_browser_is_no_machine_and_a_machine_no_browser(ours):
    for kind, others in (("owner", "token"), ("token", "owner")):
        client = actor(ours, kind)
        for route in routes_of(others):
            for path in route.paths(choice(ours, route)):
                status, text = ask(client, "get", path)
                assert status in REFUSED | {302, 401}, (kind, path, status)
                assert ours.word not in text, (kind, path)


def choice(world: World, route) -> list:
    """Every id of a clinic for a route with one place; the fitting ones for a route with more."""
    return (
        list(world.ids.values())
        if len(route.places) == 1
        else [world.ids["conversation"], world.ids["template"]]
    )


def test_our_own_ids_are_known(ours):
    """The matrix would pass if everything answered 404; this is what keeps it honest."""
    browser, machine = actor(ours, "owner"), actor(ours, "token")

    unknown = {route.template for route in with_ids()}
    for route in with_ids():
        client = machine if route.template.startswith("api/") else browser
        for path in route.paths(choice(ours, route)):
            if any(ask(client, method, path)[0] not in (404, 405) for method in METHODS):
                unknown.discard(route.template)
                break

    assert unknown == set()


@pytest.mark.parametrize("kind", ["owner", "token"])
def test_no_page_shows_another_clinics_word(ours, theirs, walls, kind):
    client = actor(ours, kind)
    questions = [
        {},
        {"q": theirs.word},
        {"ids": theirs.ids["conversation"]},
        {"message": theirs.ids["message"]},
    ]

    for route in without_ids():
        for question in questions:
            status, text = ask(client, "get", "/" + route.template, question)
            assert status < 500, (route, question)
            # The word we searched for comes back in the search field; a row would say more than that.
            assert f"{theirs.word} " not in text, (route, question)


@pytest.mark.parametrize("kind", ["owner", "token"])
def test_another_clinics_ids_in_a_body_have_no_effect(ours, theirs, walls, kind):
    client, before = actor(ours, kind), snapshot(theirs)
    foreign = {name: str(theirs.ids[row]) for name, row in BODY_IDS.items()}
    one_by_one = [{name: pk} for name, pk in foreign.items()] if walls == "both walls" else []
    rest = {"text": "x", "kind": "text", "client_id": str(theirs.clinic.pk), "name": "x"}

    for route in routes_of(kind):
        for path in route.paths(choice(ours, route)):
            for method in ("post", "patch") if kind == "token" else ("post",):
                for data in (foreign, *one_by_one):
                    status, text = ask(client, method, path, rest | data)
                    assert status < 500, (path, data, status)
                    assert theirs.word not in text, (path, data)
                    if status in (401, 403, 404, 405):
                        break  # not this kind of row, or not for this actor

    assert snapshot(theirs) == before
    mentions = {str(pk) for pk in theirs.ids.values()}
    assert not [row for _, rows in snapshot(ours) for (row,) in rows if any(pk in row for pk in mentions)]


@pytest.mark.parametrize("kind", ["stranger", "removed"])
def test_who_does_not_work_here_gets_nothing(ours, kind):
    client, before = actor(ours, kind), snapshot(ours)

    for route in all_routes():
        if route.template in BY_SECRET:
            continue
        for path in route.paths(choice(ours, route)):
            for method in METHODS:
                status, text = ask(client, method, path)
                assert status < 500, (method, path)
                assert ours.word not in text, (method, path)

    assert snapshot(ours) == before


def test_an_agent_cannot_reach_the_clinics_settings(ours):
    client, before = actor(ours, "agent"), snapshot(ours)
    open_to_agents = {"settings/", "settings/profile/", "settings/clinic/"} | {
        route.template for route in all_routes() if route.template.startswith("settings/security/")
    }

    for route in all_routes():
        if route.template.startswith("settings/") and route.template not in open_to_agents:
            for path in route.paths(choice(ours, route)):
                for method in METHODS:
                    assert ask(client, method, path)[0] in REFUSED, (method, path)

    assert snapshot(ours) == before
