"""Restoring a backup into a throw-away server, and comparing it with what the backup says of itself."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from cryptography.exceptions import InvalidTag
from psycopg.sql import SQL, Identifier

from clinic_inbox import vault
from clinic_inbox.local.folder import HOME
from clinic_inbox.local.roles import prepare_database
from clinic_inbox.local.servers import Postgres
from clinics import second_factor

from . import database

DATABASE = "clinic"
SEALED_COLUMNS = """
SELECT c.table_name, c.column_name, EXISTS (SELECT 1 FROM information_schema.columns o
    WHERE o.table_name = c.table_name AND o.table_schema = 'public' AND o.column_name = 'clinic_id')
FROM information_schema.columns c
WHERE c.table_schema = 'public' AND c.data_type = 'bytea' AND c.column_name LIKE '%\\_sealed' ORDER BY 1, 2
"""
# One value for each key: its id is at the front, after its length.
ONE_PER_KEY = """
SELECT DISTINCT ON (substring({c} FROM 2 FOR get_byte({c}, 0))) {c}, {context} FROM {t} WHERE length({c}) > 0
"""
# The same for the secrets of second factors, which lie as base64 within JSON.
SECOND_FACTORS = """
SELECT DISTINCT ON (substring(sealed FROM 2 FOR get_byte(sealed, 0))) sealed, user_id, value
FROM (SELECT user_id, value, decode(value, 'base64') AS sealed
    FROM mfa_authenticator, jsonb_each_text(data) WHERE key = ANY(%s)) AS secrets
"""


@dataclass(frozen=True)
class Server:
    """A throw-away server's three ways in."""

    admin: str
    owner: str
    app: str


@contextmanager
def throw_away_server(owner: str, app: str) -> Iterator[Server]:
    """An empty database with both roles, gone afterwards with everything in it."""
    passwords = {name: secrets.token_hex(16) for name in ("postgres", owner, app)}
    with tempfile.TemporaryDirectory(prefix="clinic-restore-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder) / "postgres", passwords["postgres"], durable=False)
        try:
            postgres.start()
            urls = [postgres.url(DATABASE, role, passwords[role]) for role in ("postgres", owner, app)]
            server = Server(*urls)
            prepare_database(postgres.url(), server.owner, server.app)
            yield server
        finally:
            postgres.stop()
            shutil.rmtree(postgres.root, ignore_errors=True)  # not always below the folder


def differences(session: psycopg.Connection, facts: dict) -> list[str]:
    """What the restored database does not have as the backup says."""
    now, found = database.facts_of(session), []
    for table in sorted(facts["rows"].keys() | now["rows"].keys()):
        wanted, there = facts["rows"].get(table), now["rows"].get(table)
        if wanted != there:
            found.append(f"{table}: {wanted} rows in the backup, {there} restored")
    for clinic in sorted(facts["audit"].keys() | now["audit"].keys()):
        if facts["audit"].get(clinic) != now["audit"].get(clinic):
            found.append(f"the audit chain of clinic {clinic} ends elsewhere")
    return found


def audit_problems(server: Server, as_of: str) -> list[str]:
    """What `verify_audit` says of the restored database."""
    done = subprocess.run(
        [sys.executable, HOME / "manage.py", "verify_audit", "--as-of", as_of],
        env=os.environ | {"DATABASE_URL": server.app}, cwd=HOME, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr.strip().splitlines() if done.returncode else []


def keys_that_open_nothing(session: psycopg.Connection) -> list[str]:
    """For each key that something is sealed with, one value is opened; here are those that KEY_RING cannot open."""
    found = []
    for table, column, has_clinic in session.execute(SEALED_COLUMNS).fetchall():
        clinic = SQL("coalesce(clinic_id::text, 'platform')" if has_clinic else "'platform'::text")
        context = SQL("{} || {} || id::text || {}").format(clinic, f":{table}:", f":{column}")
        found += _closed(session, table, column, context)
    found += _closed(session, "integrations_webhookevent", "body", SQL("'webhook:' || hook_id::text"))
    return found + _closed_second_factors(session)


def _closed_second_factors(session: psycopg.Connection) -> list[str]:
    found = []
    for blob, user_id, text in session.execute(SECOND_FACTORS, [list(second_factor.SECRETS)]).fetchall():
        try:
            second_factor.unseal_for(user_id, text)
        except (KeyError, InvalidTag):
            found.append(_complaint("mfa_authenticator.data", blob))
    return found


def _complaint(place: str, blob: bytes) -> str:
    return f"KEY_RING does not open {place}: it needs the key {vault.sealed_with(blob)}"


def _closed(session: psycopg.Connection, table: str, column: str, context) -> list[str]:
    query = SQL(ONE_PER_KEY).format(c=Identifier(column), t=Identifier(table), context=context)
    found = []
    for blob, words in session.execute(query).fetchall():
        try:
            vault.unseal(blob, words)
        except (KeyError, InvalidTag):
            found.append(_complaint(f"{table}.{column}", blob))
    return found
