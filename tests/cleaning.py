"""Emptying the database after a test that committed. The app's role may not TRUNCATE, so a superuser deletes."""

import psycopg
from psycopg.sql import SQL, Identifier

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def tables_with_rows(superuser: psycopg.Connection) -> set[str]:
    """Called on the freshly migrated database: what migrations have put there stays."""
    return {name for (name,) in superuser.execute(TABLES).fetchall() if _has_rows(superuser, name)}


def delete_new_rows(superuser: psycopg.Connection, kept: set[str]) -> None:
    names = [name for (name,) in superuser.execute(TABLES).fetchall() if name not in kept]
    with superuser.transaction():
        # No triggers and no foreign keys meanwhile, so the order of the tables does not matter.
        superuser.execute("SET LOCAL session_replication_role = replica")
        # A connection left in a transaction shows as an error here, not as a test run that hangs.
        superuser.execute("SET LOCAL lock_timeout = '10s'")
        for name in names:
            superuser.execute(SQL("DELETE FROM {}").format(Identifier(name)))


def _has_rows(superuser: psycopg.Connection, name: str) -> bool:
    return superuser.execute(SQL("SELECT 1 FROM {} LIMIT 1").format(Identifier(name))).fetchone() is not None
