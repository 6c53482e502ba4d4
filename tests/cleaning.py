"""Emptying the database after a test that committed. The app's role may not TRUNCATE, so a superuser deletes."""

import psycopg
from psycopg.sql import SQL, Identifier, Literal

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


# No triggers and no foreign keys meanwhile, so the order of the tables does not matter. A connection left in a
# transaction shows as an error here, not as a test run that hangs. Tables that never had a row have no pages.
DELETE = """
SET LOCAL session_replication_role = replica;
SET LOCAL lock_timeout = '10s';
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> ALL ({kept}) AND pg_relation_size(oid) > 0
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""


def tables_with_rows(superuser: psycopg.Connection) -> set[str]:
    """Called on the freshly migrated database: what migrations have put there stays."""
    return {name for (name,) in superuser.execute(TABLES).fetchall() if _has_rows(superuser, name)}


def delete_new_rows(superuser: psycopg.Connection, kept: set[str]) -> None:
    """One statement for all tables: after every test that commits, a question for each would take longer."""
    superuser.execute(SQL(DELETE).format(kept=Literal(sorted(kept))))


def _has_rows(superuser: psycopg.Connection, name: str) -> bool:
    return superuser.execute(SQL("SELECT 1 FROM {} LIMIT 1").format(Identifier(name))).fetchone() is not None
