"""Postgres' part of a backup: one consistent snapshot as a superuser, dumped and restored by Postgres' programs."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import IO
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from clinic_inbox.local.servers import postgres_programs

PART = 8 * 1024 * 1024
MOST_WORDS = 10_000
TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
"""
OWNER = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'public.clinics_clinic'::regclass"
HEADS = """
SELECT clinic.id::text, link.seq, encode(link.digest, 'hex') FROM clinics_clinic clinic CROSS JOIN LATERAL
    (SELECT seq, digest FROM clinics_auditlink l WHERE l.clinic_id = clinic.id ORDER BY seq DESC LIMIT 1) link
"""
# Of an earlier version the table has no `former`; told like this, that is no error.
ERASURES = """
SELECT json_build_object('clinic', clinic_id, 'contact', contact, 'erased_at', erased_at) FROM inbox_erasure e
CROSS JOIN LATERAL (SELECT contact_id::text AS contact
    UNION ALL SELECT jsonb_array_elements_text(to_jsonb(e) -> 'former')) contacts
ORDER BY erased_at
"""
MIGRATIONS = "SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app"
MOMENTS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_name IN ('created_at', 'received_at') AND data_type LIKE 'timestamp%'
"""


class Refused(Exception):
    """The database cannot be dumped or restored like this. The text says why."""


def url_as(admin_url: str, database_url: str) -> str:
    """The database of `database_url` as the superuser of `admin_url`. Raises Refused without one."""
    if not admin_url:
        raise Refused("DATABASE_ADMIN_URL must name a superuser: nobody else sees the rows of all clinics")
    return urlsplit(admin_url)._replace(path=urlsplit(database_url).path).geturl()


def role_of(database_url: str) -> str:
    """Who signs in there."""
    return unquote(urlsplit(database_url).username or "")


@contextmanager
def snapshot_of(url: str) -> Iterator[tuple[psycopg.Connection, str]]:
    """A session that goes on seeing the database as it is now, and the name under which pg_dump sees the same."""
    with psycopg.connect(url) as session:
        session.isolation_level, session.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        seen = session.execute(
            "SELECT rolsuper OR rolbypassrls, pg_export_snapshot() FROM pg_roles WHERE rolname = current_user"
        )
        sees_all, name = seen.fetchone()
        if not sees_all:
            raise Refused(
                "the role of DATABASE_ADMIN_URL is bound by row-level security: its dump would be empty"
            )
        yield session, name


def facts_of(session: psycopg.Connection) -> dict:
    """What a restored copy must show again: rows per table, the end of each audit chain, the newest row's time."""
    tables = [name for (name,) in session.execute(TABLES).fetchall()]
    count = SQL("SELECT count(*) FROM {}")
    return {
        "rows": {name: _one(session, count.format(Identifier(name))) for name in tables},
        "audit": {clinic: [seq, digest] for clinic, seq, digest in session.execute(HEADS).fetchall()},
        "migrations": dict(session.execute(MIGRATIONS).fetchall()),
        "newest_row": _newest_row(session),
        "owner": _one(session, OWNER),
        "server": session.info.server_version // 10_000,
    }


def erasures_of(session: psycopg.Connection) -> list[str]:
    """A line for each record erased so far: `manage.py reapply_erasures` takes them after an older one is restored."""
    if _one(session, "SELECT to_regclass('public.inbox_erasure') IS NULL"):
        return []  # of an earlier version
    return [json.dumps(told, sort_keys=True) for (told,) in session.execute(ERASURES).fetchall()]


def dump(url: str, snapshot: str, server: int) -> Iterator[bytes]:
    """The dump in pg_dump's custom format, part by part, as it is made. Raises Refused when pg_dump fails."""
    _check_version(server)
    arguments = ("--format=custom", "--compress=gzip:1", f"--snapshot={snapshot}")
    with _program("pg_dump", url, *arguments, stdout=subprocess.PIPE) as (process, complaint):
        while part := process.stdout.read(PART):
            yield part
        _end(process, "pg_dump", complaint)


def restore(url: str, parts: Iterable[bytes]) -> None:
    """Feed a dump to pg_restore. Raises Refused when it fails."""
    with _program("pg_restore", url, "--exit-on-error", stdin=subprocess.PIPE) as (process, complaint):
        try:
            for part in parts:
                process.stdin.write(part)
            process.stdin.close()
        except BrokenPipeError:
            pass  # It has ended, and says why.
        _end(process, "pg_restore", complaint)


def _check_version(server: int) -> None:
    program = postgres_programs("pg_dump") / "pg_dump"
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    ours = int(told.split()[-1].partition(".")[0])
    if ours < server:
        raise Refused(
            f"{program} is of Postgres {ours}, the server of {server}: set PG_BIN to newer programs"
        )


@contextmanager
def _program(name: str, url: str, *arguments: str, **pipes) -> Iterator[tuple[subprocess.Popen, Future]]:
    """The program at work, and what it complains of, which is there at its end; killed when we leave before that.

    The password is in nobody's list of processes.
    """
    where = conninfo_to_dict(url)  # whole: an address that asks for TLS must not be visited without
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "PGPASSWORD": where.pop("password", ""),
    }
    if "sslpassword" in where:
        raise Refused(
            "DATABASE_ADMIN_URL may not hold sslpassword: the programs' command lines are seen by all"
        )
    command = [
        postgres_programs(name) / name,
        "--no-password",
        f"--dbname={make_conninfo(**where)}",
        *arguments,
    ]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **pipes)
    listener = ThreadPoolExecutor(1)  # who complains at length must not wait for somebody to listen
    try:
        yield process, listener.submit(_first_words, process.stderr)
    finally:
        process.kill()
        process.wait()
        listener.shutdown()
        for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
            with suppress(BrokenPipeError):
                pipe.close()


def _first_words(stderr: IO[bytes]) -> str:
    """Reads to the end and keeps the first line only: the following ones may quote a row."""
    words = stderr.read(MOST_WORDS)
    while stderr.read(PART):
        pass
    return words.decode(errors="replace").strip().partition("\n")[0]


def _end(process: subprocess.Popen, name: str, complaint: Future) -> None:
    if process.wait():
        raise Refused(f"{name} failed: {complaint.result()}")


def _newest_row(session: psycopg.Connection) -> str | None:
    moments = []
    for table, column in session.execute(MOMENTS).fetchall():
        moments.append(
            _one(session, SQL("SELECT max({}) FROM {}").format(Identifier(column), Identifier(table)))
        )
    newest = max(filter(None, moments), default=None)
    return newest.isoformat() if isinstance(newest, datetime) else None


def _one(session: psycopg.Connection, query):
    return session.execute(query).fetchone()[0]


def as_json(facts: dict) -> bytes:
    return json.dumps(facts, sort_keys=True).encode()
