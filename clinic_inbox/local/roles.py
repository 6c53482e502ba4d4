"""The two database roles: one that owns the tables and one that works with them under row-level security.

Run as `python -m clinic_inbox.local.roles`, it prepares any Postgres server. DATABASE_ADMIN_URL is a superuser's;
the names and passwords come from DATABASE_OWNER_URL and DATABASE_URL. It may run again at any time.
"""

import os
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

EXTENSIONS = ("unaccent", "pg_trgm", "btree_gin")
# Marked by the migration that made them, see clinic_inbox.tenancy.append_only().
APPEND_ONLY = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
AND obj_description(oid, 'pg_class') = 'append-only'
"""
POWERLESS = SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION")


def prepare_database(admin_url: str, owner_url: str, app_url: str) -> None:
    """Create both roles, their database, its extensions and what the app's role may do there."""
    owner, app = urlsplit(owner_url), urlsplit(app_url)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for role in (owner, app):
            _create_role(admin, role.username, unquote(role.password or ""))
        _create_database(admin, app.path.lstrip("/"), owner.username)
    with psycopg.connect(_same_server(admin_url, app.path), autocommit=True) as admin:
        allow_connections(admin, app.path.lstrip("/"), owner.username, app.username)
        _grant(admin, owner.username, app.username)


def allow_connections(admin: psycopg.Connection, database: str, *roles: str) -> None:
    """Only these roles may enter the database. A copy made with TEMPLATE needs this anew."""
    admin.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(database)))
    for role in roles:
        admin.execute(
            SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(database), Identifier(role))
        )


def _create_role(admin: psycopg.Connection, name: str, password: str) -> None:
    known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    command = SQL("ALTER ROLE {} {} PASSWORD {}") if known else SQL("CREATE ROLE {} {} PASSWORD {}")
    admin.execute(command.format(Identifier(name), POWERLESS, Literal(password)))


def _create_database(admin: psycopg.Connection, name: str, owner: str) -> None:
    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        admin.execute(SQL("CREATE DATABASE {} OWNER {}").format(Identifier(name), Identifier(owner)))
    admin.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(name), Identifier(owner)))


def _grant(admin: psycopg.Connection, owner: str, app: str) -> None:
    for extension in EXTENSIONS:
        admin.execute(SQL("CREATE EXTENSION IF NOT EXISTS {}").format(Identifier(extension)))
    # Under row-level security an index serves only conditions that cannot leak; matching words cannot.
    admin.execute("ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF")
    names = {"owner": Identifier(owner), "app": Identifier(app)}
    for command in (
        "GRANT USAGE ON SCHEMA public TO {app}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app}",
    ):
        admin.execute(SQL(command).format(**names))
    for (table,) in admin.execute(APPEND_ONLY).fetchall():
        admin.execute(SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(Identifier(table), Identifier(app)))


def _same_server(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=path).geturl()


if __name__ == "__main__":
    prepare_database(
        *(os.environ[name] for name in ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "DATABASE_URL"))
    )
