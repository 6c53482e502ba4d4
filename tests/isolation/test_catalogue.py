"""The database's own catalogue, rule by rule; and for each rule a table, view or function that breaks it is found."""

import asyncio
import os
import re

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import Count

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member, Team
from tests.isolation.names import sources

OWN = "(clinic_id = (SELECT nullif(current_setting('app.clinic_id', true), '')::uuid))"
# What belongs to no clinic, or must be read before one is known, each with the reason.
OUTSIDE = {
    "clinics_clinic": "the clinics themselves",
    "clinics_user": "a person has one sign-in for all clinics",
    "clinics_signup": "somebody who wants to begin a clinic, which is not there yet",
    "integrations_hook": "the door knows a hook before it knows a clinic; its secrets are sealed",
    "integrations_webhookevent": "a body is kept before anybody knows whose it is; it is sealed",
}
FRAMEWORKS = ("django_", "auth_", "account_", "clinics_user_", "mfa_")
CLINIC_TABLES = """
    SELECT c.oid, c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'clinic_id'
    AND c.relname <> 'integrations_hook'
"""
FOREIGN_KEYS = f"""
    SELECT k.conrelid::regclass || ' → ' || k.confrelid::regclass FROM pg_constraint k
    WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM ({CLINIC_TABLES}) t)
    AND NOT ((SELECT attnum FROM pg_attribute WHERE attrelid = k.conrelid AND attname = 'clinic_id') = ANY (k.conkey)
        AND (SELECT attnum FROM pg_attribute WHERE attrelid = k.confrelid AND attname = 'clinic_id') = ANY (k.confkey))
"""
UNIQUE = f"""
    SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    JOIN ({CLINIC_TABLES}) t ON t.oid = i.indrelid
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indisunique AND NOT i.indisprimary AND a.attname IS DISTINCT FROM 'clinic_id'
    AND x.relname <> 'one_route_per_address'
"""
RULES = {
    "row security is on, and for the owner too": f"""
        SELECT t.relname FROM ({CLINIC_TABLES}) t JOIN pg_class c ON c.oid = t.oid
        WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
    "one policy for all commands reads and writes the own clinic only": f"""
        SELECT t.relname FROM ({CLINIC_TABLES}) t WHERE NOT EXISTS (
            SELECT FROM pg_policies p WHERE p.tablename = t.relname AND p.cmd = 'ALL'
            AND p.qual LIKE '(clinic_id = ( SELECT %%app.clinic_id%%' AND p.with_check = p.qual)""",
    "no other policy opens more": """
        SELECT tablename || '.' || policyname FROM pg_policies WHERE schemaname = 'public' AND permissive = 'PERMISSIVE'
        AND policyname <> 'own_clinic' AND (tablename, policyname, cmd) NOT IN (
            ('clinics_member', 'own_membership', 'SELECT'), ('integrations_route', 'routing', 'SELECT'))""",
    "what belongs to no clinic is named": """
        SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f')
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'clinic_id')""",
    "keys into a clinic's rows carry the clinic": FOREIGN_KEYS,
    "what is unique is so within a clinic": UNIQUE,
    "views look with the eyes of who asks": """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
        AND NOT 'security_invoker=true' = ANY (coalesce(reloptions, '{}'))""",
    "no rows are kept aside in a materialized view": """
        SELECT relname FROM pg_class WHERE relkind = 'm'""",
    "only the routing runs as the owner, with its path fixed": """
        SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
        AND (proname <> 'find_routes' OR proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, public'])""",
    "the application may read and write rows, and nothing else": """
        SELECT c.relname || ' ' || privilege FROM pg_class c,
            unnest('{TRUNCATE,REFERENCES,TRIGGER,MAINTAIN}'::text[]) privilege
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND has_table_privilege('clinic_app', c.oid, privilege)""",
    "the application owns nothing and may make nothing": """
        SELECT c.relname FROM pg_class c WHERE pg_get_userbyid(c.relowner) = 'clinic_app'
        UNION ALL SELECT 'schema ' || nspname FROM pg_namespace
        WHERE nspname = 'public' AND has_schema_privilege('clinic_app', oid, 'CREATE')""",
}
TABLE = "CREATE TABLE x (id uuid PRIMARY KEY, clinic_id uuid, other_id uuid, UNIQUE (clinic_id, id));"
ISOLATED = (
    f"{TABLE} ALTER TABLE x ENABLE ROW LEVEL SECURITY; ALTER TABLE x FORCE ROW LEVEL SECURITY;"
    f"CREATE POLICY own_clinic ON x USING {OWN} WITH CHECK {OWN};"
)
BROKEN = {
    "row security is on, and for the owner too": [TABLE, ISOLATED + "ALTER TABLE x NO FORCE ROW LEVEL SECURITY"],
    "one policy for all commands reads and writes the own clinic only": [
        TABLE, ISOLATED + "DROP POLICY own_clinic ON x",
        ISOLATED + f"DROP POLICY own_clinic ON x; CREATE POLICY own_clinic ON x FOR SELECT USING {OWN}",
        ISOLATED + f"DROP POLICY own_clinic ON x; CREATE POLICY own_clinic ON x USING {OWN} WITH CHECK (true)",
        ISOLATED + "DROP POLICY own_clinic ON x; CREATE POLICY own_clinic ON x USING (true)",
        ISOLATED + f"DROP POLICY own_clinic ON x; CREATE POLICY own_clinic ON x USING ({OWN} OR true)",
    ],
    "no other policy opens more": [ISOLATED + "CREATE POLICY open ON x FOR SELECT USING (true)"],
    "what belongs to no clinic is named": ["CREATE TABLE x (id uuid PRIMARY KEY, text text)"],
    "keys into a clinic's rows carry the clinic": [
        ISOLATED + "ALTER TABLE clinics_team ADD UNIQUE (id); ALTER TABLE x ADD FOREIGN KEY (other_id)"
        " REFERENCES clinics_team (id)",
        "CREATE TABLE y (team_id uuid REFERENCES clinics_team (id))",
    ],
    "what is unique is so within a clinic": [
        ISOLATED + "CREATE UNIQUE INDEX x_other ON x (other_id)", ISOLATED + "CREATE UNIQUE INDEX x_l ON x ((1))",
        ISOLATED + "CREATE UNIQUE INDEX x_other ON x (other_id, clinic_id)",
    ],
    "views look with the eyes of who asks": ["CREATE VIEW x AS SELECT * FROM clinics_team"],
    "no rows are kept aside in a materialized view": ["CREATE MATERIALIZED VIEW x AS SELECT * FROM clinics_team"],
    "only the routing runs as the owner, with its path fixed": [
        "CREATE FUNCTION x() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1",
        "ALTER FUNCTION find_routes RESET search_path",
    ],
    "the application may read and write rows, and nothing else": [
        f"GRANT {right} ON clinics_team TO clinic_app" for right in ("TRUNCATE", "REFERENCES", "TRIGGER")
    ],
    "the application owns nothing and may make nothing": ["GRANT CREATE ON SCHEMA public TO clinic_app"],
}  # fmt: skip


def broken(connection, rule: str) -> list[str]:
    """What breaks this rule."""
    found = [name for (name,) in connection.execute(RULES[rule].replace("%%", "%")).fetchall()]
    if rule == "what belongs to no clinic is named":
        return [name for name in found if name not in OUTSIDE and not name.startswith(FRAMEWORKS)]
    return found


@pytest.mark.parametrize("rule", RULES)
def test_the_catalogue_keeps_the_rule(owner_connection, rule):
    assert broken(owner_connection, rule) == []


@pytest.mark.parametrize("rule", RULES)
def test_what_breaks_the_rule_is_found(owner_connection, rule):
    for statement in BROKEN[rule]:
        with owner_connection.transaction(force_rollback=True):
            owner_connection.execute(statement)

            assert broken(owner_connection, rule) != [], statement


def test_every_rule_has_something_that_breaks_it():
    assert set(BROKEN) == set(RULES)


@pytest.fixture
def clinics(transactional_db, ours, theirs):
    return ours.clinic, theirs.clinic


@pytest.fixture
def past_the_managers(no_manager):
    """Only Postgres stands between."""


def names() -> set[str]:
    return set(Team.objects.values_list("name", flat=True))


PATHS = {
    "the ORM": lambda: names(),
    "plain SQL": lambda: {name for (name,) in _sql("SELECT name FROM clinics_team")},
    "a join": lambda: {
        name for (name,) in _sql("SELECT t.name FROM clinics_clinic c JOIN clinics_team t ON c.id = t.clinic_id")
    },
    "raw()": lambda: {team.name for team in Team.objects.raw("SELECT * FROM clinics_team")},
    "an aggregate": lambda: set(
        Team.objects.values("name").annotate(members_=Count("members")).values_list("name", flat=True)
    ),
    "a prefetch": lambda: {
        team.name for member in Member.objects.prefetch_related("teams") for team in member.teams.all()
    } or names(),
    "COPY": lambda: _copied("COPY (SELECT name FROM clinics_team) TO STDOUT"),
    "a cursor of the server": lambda: {team.name for team in Team.objects.all().iterator(1)},
    "SELECT FOR UPDATE": lambda: {team.name for team in Team.objects.select_for_update()},
}  # fmt: skip


def _sql(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _copied(statement: str) -> set[str]:
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        return {name for (name,) in copy.rows()}


@pytest.mark.parametrize("path", PATHS)
def test_no_path_to_the_rows_leads_past_row_security(clinics, past_the_managers, path):
    ours, _ = clinics
    with clinic_scope(ours.pk):
        seen = PATHS[path]()

    assert {name.split()[0] for name in seen} == {"Alpha"}


async def test_the_asynchronous_orm_sees_its_own_clinic_only(clinics, past_the_managers):
    def read(clinic):
        with clinic_scope(clinic.pk):
            return names()

    ours, theirs = await asyncio.gather(*(sync_to_async(read)(clinic) for clinic in clinics))

    assert {name.split()[0] for name in ours} == {"Alpha"}
    assert {name.split()[0] for name in theirs} == {"Zephyra"}


def test_a_clinic_is_forgotten_with_its_transaction_and_a_plain_set_would_not_be(clinics):
    ours, _ = clinics
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as app:
        count = "SELECT count(*) FROM clinics_team"
        with app.transaction():
            app.execute("SELECT set_config('app.clinic_id', %s, true)", [str(ours.pk)])
            within = app.execute(count).fetchone()
        after = app.execute(count).fetchone()
        app.execute("SELECT set_config('app.clinic_id', %s, false)", [str(ours.pk)])
        leaked = app.execute(count).fetchone()

    assert (within, after, leaked) == ((1,), (0,), (1,))


def test_the_clinic_is_set_in_one_place_and_for_the_transaction_only():
    setting = [
        path for path in sources() if re.search(r"set_config\((%s|'app)|SET +\w* *app\.", path.read_text())
    ]

    assert [path.name for path in setting] == ["tenancy.py"]
    assert setting[0].read_text().count("set_config(%s, %s, true)") == 1
