"""Fields that nobody offered, sent along with a valid body: nothing but the purpose of the step changes."""

import atexit
import json
import uuid
from functools import cache

import psycopg
import pytest
from django.apps import apps
from django.core.cache import cache as shared_cache
from django.db import models
from psycopg.sql import SQL, Identifier

from clinic_inbox.local import throwaway
from integrations.models import Hook
from tests.isolation.asking import actor, fitting
from tests.isolation.audited import RECORDED
from tests.isolation.entries import ACCESS, MACHINE
from tests.isolation.routes import all_routes
from tests.isolation.world import World

pytestmark = pytest.mark.django_db(transaction=True)
APPS = ("clinics", "integrations", "contacts", "inbox")
STEPS = {
    path: entry for path, entry in RECORDED.items() if entry[0] != "get" and not path.startswith("accounts/")
}
# What a step's own form offers besides the fields in the body above: to change these is its purpose.
OFFERED = {
    "contacts/<uuid:pk>/": {"name", "is_name_edited", "search", "language", "time_zone", "writing_for"},
    "settings/patient-fields/create/": {"choices", "is_hidden"},
    "settings/patient-fields/<uuid:pk>/": {"choices", "is_hidden"},
    "settings/replies/<uuid:pk>/": {"shortcut"},
    "settings/notifications/": {"pushes", "sounds", "mails", "mail_after"},
    "settings/profile/": {"language", "undo_seconds"},
    "settings/details/": {"emergency_access", "requires_mfa", "visibility", "language"},
    "settings/members/invite/": {"visibility"},
    "settings/members/<uuid:pk>/role/": {"visibility"},
    "settings/members/<uuid:pk>/work/": {"is_away", "speaks"},
    "settings/members/<uuid:pk>/reactivate/": {"visibility"},
    "settings/tags/create/": {"tint"},
    "settings/tags/<uuid:pk>/": {"tint", "is_archived"},
    "conversations/filters/<uuid:pk>/": {"listing", "default_for"},
}
# Without the one before there is nothing to forget.
FIRST = {
    "settings/channels/<uuid:pk>/app-secret/forget/": "settings/channels/<uuid:pk>/app-secret/",
    "settings/replies/<uuid:pk>/restore/": "settings/replies/<uuid:pk>/delete/",
    "settings/hours/always/": "settings/hours/",
}
# Only the first row that its address may name can be taken so: a note is not forwarded.
OF_THE_FIRST = {"messages/<uuid:pk>/forward/"}
KEYED = {"Idempotency-Key": "once"}
# Written by every request or trigger, whatever is sent.
BOOKKEEPING = {"last_used_at", "last_login", "session_key"}


def fields_of_everything(theirs: World) -> dict:
    """A value other than its own for every field of every model."""
    values = {}
    for model in apps.get_models():
        if model._meta.app_label in APPS:
            for field in model._meta.concrete_fields:
                for name in (field.name, field.attname):
                    values[name] = value_for(field, theirs)
    # A form that offers it takes no other word, and would take nothing then.
    return values | {
        "language": "pt",
        "sounds": "mine",
        "mails": "assigned",
        "time_zone": "Asia/Tokyo",
        "fields": {},
        "currency": "EUR",
    }


def value_for(field, theirs: World):
    if field.is_relation:
        fits = {"clinics.Clinic": theirs.clinic.pk, "clinics.Member": theirs.agent.pk}
        return str(fits.get(field.related_model._meta.label, theirs.ids["conversation"]))
    kinds = [
        (models.BooleanField, "true"), (models.DateTimeField, "2001-02-03T04:05:06Z"), (models.DateField, "2001-02-03"),
        (models.TimeField, "07:00"),
        (models.IntegerField, "77"), (models.UUIDField, str(uuid.UUID(int=7))), (models.JSONField, '{"forced": 1}'),
    ]  # fmt: skip
    plain = next((value for kind, value in kinds if isinstance(field, kind)), "Forced")
    return field.choices[-1][0] if field.choices else plain


def take(step: str, extra: dict, world: World) -> set[str]:
    """Take the step in a clinic. Returns the columns that are others afterwards, `+table` for new rows."""
    own_hook(world)
    if step in FIRST:
        take(FIRST[step], {}, world)
    method, body, _ = STEPS[step]
    is_machine = ACCESS[step] == MACHINE
    client, before = actor(world, "token" if is_machine else "owner"), rows(world)
    data = extra | {name: fill(value, world) for name, value in body.items()}
    options = {"content_type": "application/json", "headers": KEYED} if is_machine else {}
    shared_cache.clear()
    route = next(route for route in all_routes() if route.template == step)
    paths = list(fitting(world, route)) if route.places else ["/" + step]
    for path in paths[:1] if step in OF_THE_FIRST else paths[-1:]:
        response = getattr(client, method)(path, json.dumps(data) if is_machine else data, **options)
        assert response.status_code < 500, (step, response.status_code)
    return changes(before, rows(world))


def own_hook(world: World) -> None:
    """The clinic's hook is its own, and its secrets are sealed as such."""
    hook = Hook.objects.get(pk=world.rows["channel"].hook_id)
    if hook.clinic_id is None:
        hook.clinic, hook.app_secret, hook.verify_token = world.clinic, "secret", "token"
        hook.save()


def fill(value, world: World):
    return (
        value.format(**world.ids, email="x@clinic.example")
        if isinstance(value, str) and "{" in value[:1]
        else value
    )


def rows(world: World) -> dict:
    """Every row of the clinic, the clinic itself, its people and its hook, by table and id, past every wall."""
    others = {
        "clinics_clinic": [world.clinic.pk],
        "clinics_user": people(world),
        "integrations_hook": [world.rows["channel"].hook_id],
    }
    parts = [(SQL("clinic_id = %s"), table, world.clinic.pk) for table in _tables_of_clinics()]
    parts += [(SQL("id = ANY(%s)"), table, pks) for table, pks in others.items()]
    query = SQL(" UNION ALL ").join(
        SQL("SELECT {}, to_jsonb(t) FROM {} t WHERE {}").format(table, Identifier(table), condition)
        for condition, table, _ in parts
    )
    told = superuser().execute(query, [value for _, _, value in parts]).fetchall()
    return {(table, str(row["id"])): row for table, row in told}


@cache
def superuser() -> psycopg.Connection:
    """One for all tests: a new connection would first have to read the whole catalogue."""
    connection = psycopg.connect(throwaway.superuser_url(), autocommit=True)
    atexit.register(connection.close)
    return connection


@cache
def _tables_of_clinics() -> list[str]:
    found = superuser().execute(
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE column_name = 'clinic_id' AND table_schema = 'public'"
    )
    return [table for (table,) in found.fetchall()]


def people(world: World) -> list:
    return [member.user_id for member in (world.owner, world.admin, world.agent)]


def changes(before: dict, after: dict) -> set[str]:
    changed = {
        f"{table}.{column}"
        for (table, pk), row in after.items()
        for column, value in row.items()
        if (old := before.get((table, pk))) is not None and old[column] != value
    }
    new = {"+" + table for table, pk in after.keys() - before.keys()}
    return {name for name in changed | new if name.rpartition(".")[2] not in BOOKKEEPING}


def unoffered(columns: set[str], step: str) -> set[str]:
    return {name for name in columns if name.rpartition(".")[2] not in OFFERED.get(step, set())}


@pytest.mark.parametrize("step", STEPS)
def test_what_nobody_offered_is_not_taken(step):
    theirs = World("Zephyra")
    before, everything = rows(theirs), fields_of_everything(theirs)
    wanted = take(step, {}, World("Alpha"))

    extra = {name: value for name, value in everything.items() if name not in STEPS[step][1]}
    ours = World("Beta")
    got = take(step, extra, ours)

    assert wanted, "the step does nothing when nothing is sent along: this proves nothing"
    if ACCESS[step] != MACHINE:  # machines are refused for unknown keys
        assert unoffered(wanted, step) <= got, "refused for what was sent along: this proves nothing"
    beyond = unoffered(got - wanted, step)
    assert {name for name in beyond if name != "+clinics_auditentry"} == set()
    assert rows(theirs) == before
    known = {str(theirs.clinic.pk), str(theirs.agent.pk), str(uuid.UUID(int=7)), "2001-02-03"}
    assert not [row for row in rows(ours).values() if any(word in json.dumps(row) for word in known)]
