"""The first wall, read from the catalogue, so that it holds for tables that are not written yet."""

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from clinic_inbox.tenancy import ClinicKey, ClinicModel, NoClinicScope
from clinics.models import Team
from tests.factories import make_team

# Tables that name a clinic and are read before one is known. Every other table with a clinic_id is isolated.
OUTSIDE = {"integrations_hook"}
# A hook's address has one owner whatever the clinic: that is what the index is for.
UNIQUE_ACROSS_CLINICS = {"one_route_per_address"}
TABLES = "SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
WITH_CLINIC = f"""
SELECT c.relname FROM ({TABLES} WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')) c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id' AND NOT a.attisdropped
"""
NOT_ISOLATED = f"""
{WITH_CLINIC} JOIN pg_class t ON t.oid = c.oid
WHERE NOT (t.relrowsecurity AND t.relforcerowsecurity AND EXISTS (
    SELECT 1 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname AND p.cmd = 'ALL'
    AND p.qual LIKE '%clinic_id%app.clinic_id%' AND p.with_check LIKE '%clinic_id%app.clinic_id%'))
"""
KEYS = """
SELECT k.conrelid::regclass::text, k.confrelid::regclass::text,
    (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number)
FROM pg_constraint k WHERE k.contype = 'f'
"""
UNIQUE = """
SELECT i.indrelid::regclass::text, x.relname, a.attname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indisunique AND NOT i.indisprimary
"""


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def isolated_tables() -> set[str]:
    return {name for (name,) in ask(WITH_CLINIC)} - OUTSIDE


def test_every_table_that_names_a_clinic_is_isolated(db):
    assert {name for (name,) in ask(NOT_ISOLATED)} == OUTSIDE


def test_every_clinic_model_has_such_a_table(db):
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, ClinicModel)}

    assert tables == isolated_tables()


def test_a_new_table_without_isolation_is_noticed(owner_connection):
    with owner_connection.transaction(force_rollback=True):
        owner_connection.execute("CREATE TABLE forgotten (id uuid PRIMARY KEY, clinic_id uuid)")

        assert ("forgotten",) in owner_connection.execute(
            NOT_ISOLATED.replace("%", "%%").replace("%%", "%")
        ).fetchall()


def test_keys_between_clinic_tables_carry_the_clinic(db):
    isolated = isolated_tables()
    between = [(table, columns) for table, target, columns in ask(KEYS) if {table, target} <= isolated]

    assert [key for key in between if key[1][0] != "clinic_id" or len(key[1]) != 2] == []


def test_every_reference_inside_a_clinic_has_its_composite_key(db):
    present = {(table, target, tuple(columns)) for table, target, columns in ask(KEYS)}
    wanted = {
        (model._meta.db_table, field.related_model._meta.db_table, ("clinic_id", field.column))
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, ClinicKey)
    }

    assert wanted - present == set()


def test_no_plain_reference_points_into_a_clinic(db):
    isolated = isolated_tables()
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.many_to_one
        and field.related_model._meta.db_table in isolated
        and not isinstance(field, ClinicKey)
    ]

    assert plain == []


def test_unique_indexes_begin_with_the_clinic(db):
    isolated = isolated_tables()
    others = {name for table, name, first in ask(UNIQUE) if table in isolated and first != "clinic_id"}

    assert others == UNIQUE_ACROSS_CLINICS


def test_the_app_may_only_read_and_write_rows(db):
    granted = ask(
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants WHERE grantee = current_user"
    )

    assert {name for (name,) in granted} == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_nothing_looks_past_the_wall_but_the_routing(db):
    views = (
        "SELECT relname, reloptions FROM pg_class WHERE relkind IN ('v', 'm')"
        " AND relnamespace = 'public'::regnamespace"
    )
    definers = (
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )

    assert [name for name, options in ask(views) if "security_invoker=true" not in (options or [])] == []
    assert ask(definers) == [("find_routes", ["search_path=pg_catalog, public"])]


def test_another_clinics_rows_cannot_be_seen_changed_or_made_in_sql(clinic, other_clinic):
    make_team("Ours")
    # Only the database stands between here: the ORM's filter is not asked.
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.clinic_id', %s, true)", [str(other_clinic.pk)])
        cursor.execute("SELECT count(*) FROM clinics_team")
        seen = cursor.fetchone()
        cursor.execute("UPDATE clinics_team SET name = 'Theirs'")
        changed = cursor.rowcount
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute("INSERT INTO clinics_team VALUES (uuidv7(), 'Theirs', %s)", [clinic.pk])

    assert (seen, changed) == ((0,), 0)


def test_rows_are_not_reached_without_a_clinic(db):
    with pytest.raises(NoClinicScope):
        Team.objects.count()


def test_the_orm_filters_by_itself(clinic):
    """The second wall: the query names the clinic, whatever the database does."""
    assert f'"clinics_team"."clinic_id" = {clinic.pk}' in str(Team.objects.all().query)


@pytest.mark.parametrize(
    "command", ["UPDATE clinics_auditentry SET actor = 'x'", "DELETE FROM clinics_auditentry"]
)
def test_an_audit_entry_cannot_be_changed_or_deleted(clinic, command):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(command)


def test_only_two_policies_open_more_than_ones_own_clinic(db):
    others = "SELECT tablename, policyname, cmd FROM pg_policies WHERE policyname <> 'own_clinic' ORDER BY 1"

    assert ask(others) == [
        (
            "clinics_member",
            "own_membership",
            "SELECT",
        ),  # a person's own memberships, before they choose a clinic
        ("integrations_route", "routing", "SELECT"),  # for find_routes() alone
    ]
