"""Who asks, how, and what may come back."""

import re
from itertools import pairwise, product

import psycopg
from django.core.cache import cache
from django.test import Client
from psycopg.sql import SQL, Identifier

from clinic_inbox.local import throwaway
from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from tests.isolation.entries import FITS
from tests.isolation.routes import Route
from tests.isolation.world import World

REFUSED = {400, 403, 404, 405, 415}
METHODS = ("get", "post")
API_METHODS = ("get", "post", "patch", "delete")
OTHER_METHODS = ("head", "options", "put")
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|value=\"[A-Za-z0-9]{64}\"|[A-Za-z0-9]{64}", re.IGNORECASE
)


def actor(world: World, kind: str) -> Client:
    """A browser or machine of this clinic: owner, admin, agent, token, stranger, or removed a moment ago."""
    if kind == "token":
        return Client(headers={"authorization": f"Bearer {world.token}"}, raise_request_exception=False)
    client = Client(raise_request_exception=False)
    if kind != "stranger":
        client.force_login(getattr(world, "agent" if kind == "removed" else kind).user)
    if kind == "removed":
        with clinic_scope(world.clinic.pk):
            Member.objects.filter(pk=world.agent.pk).update(is_active=False)
    return client


def answer(client: Client, method: str, path: str, data=None, **options):
    """The response; its whole body is in `said`. Rate limits are another test's subject."""
    cache.clear()
    is_json = path.startswith("/api/") and method not in ("get", "head")
    if is_json:
        options["content_type"] = "application/json"
    response = getattr(client, method)(
        path, data or ({} if method != "options" or is_json else ""), **options
    )
    body = b"".join(response.streaming_content) if response.streaming else response.content
    response.said = body.decode("utf-8", "replace")
    response.close()
    return response


def ask(client: Client, method: str, path: str, data=None, **options) -> tuple[int, str]:
    """The status and everything the answer says, headers too."""
    response = answer(client, method, path, data, **options)
    heads = "".join(f"{name}: {value}\n" for name, value in response.headers.items())
    return response.status_code, heads + response.said


def without_what_changes(text: str) -> str:
    """An answer without its ids and tokens: what is left may differ only if the rows do."""
    return CHANGING.sub("…", text)


def snapshot(world: World) -> list:
    """All committed rows of a clinic as they are, seen by a superuser, whatever the walls."""
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


def fitting(world: World, route: Route):
    """The route's paths with the ids of those rows that it is about."""
    kinds = [FITS[part] for part, place in pairwise(route.template.split("/")) if place in route.places]
    for choice in product(*kinds):
        path = route.template
        for place, kind in zip(route.places, choice, strict=True):
            path = path.replace(place, str(world.ids[kind]))
        yield "/" + path
