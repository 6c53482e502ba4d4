"""Throw-away servers for a test run: one Postgres for all its processes, a database and a Valkey for each of them."""

import atexit
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from clinic_inbox.local.roles import allow_connections, prepare_database
from clinic_inbox.local.servers import Postgres, Valkey

HOME = Path(__file__).resolve().parents[2]
TEMPLATE = "clinic_template"
SHARED = "CLINIC_TEST_POSTGRES"  # Tells a worker process which server its parent has started.
SCHEMA_SOURCES = ("*/migrations/*.py", "clinic_inbox/*.py", "clinic_inbox/local/*.py", "requirements.lock")
SCHEMAS_KEPT = 3


def start() -> None:
    """Start what this process needs and set the environment that the settings read."""
    if SHARED not in os.environ:
        os.environ[SHARED] = json.dumps(_start_migrated_postgres())
    os.environ.update(_environment(json.loads(os.environ[SHARED])))
    _copy_template()


def durable_copy(root: Path, database: str = TEMPLATE) -> tuple[Postgres, dict[str, str]]:
    """A running Postgres of its own that keeps what it commits, migrated; and its urls: admin, owner, app."""
    passwords = _passwords()
    server = Postgres(root, passwords["superuser"])
    with _alone():
        is_migrated = _take_kept(server)
    server.start()
    urls = _urls(server, passwords)
    if not is_migrated:
        _migrate(urls)
    if database != TEMPLATE:
        names = {"template": Identifier(TEMPLATE), "database": Identifier(database)}
        with psycopg.connect(urls["admin"], autocommit=True) as admin:
            admin.execute(SQL("ALTER DATABASE {template} RENAME TO {database}").format(**names))
        urls |= {role: _with_database(urls[role], database) for role in ("owner", "app")}
    return server, urls


def postgres_log() -> Path:
    """What the shared Postgres says, of all test processes."""
    return Path(json.loads(os.environ[SHARED])["log"])


def superuser_url() -> str:
    """The database of this process as Postgres' superuser, who sees the rows of every clinic."""
    return _with_database(os.environ["DATABASE_ADMIN_URL"], urlsplit(os.environ["DATABASE_URL"]).path)


def _start_migrated_postgres() -> dict[str, str]:
    """Migrating takes seconds and seldom gives anything new: its result is kept, and copied for each run."""
    home, passwords = _own_folder() / "postgres", _passwords()
    server = Postgres(home, passwords["superuser"], durable=False)
    with _alone():
        _sweep_abandoned()
        is_migrated = _take_kept(server)
        urls = _start_until_exit(server, passwords)
        if not is_migrated:
            _migrate(urls)
            if server.mode != "drop":  # There the files belong to somebody else.
                server.stop()
                _keep(server)
                urls = _start_until_exit(server, passwords)
    return urls


def _take_kept(server: Postgres) -> bool:
    """Whether the migrated cluster was there, and is the server's now. Only `_alone`: others write and sweep it."""
    kept = _kept()
    if server.mode == "drop" or not kept.exists():
        return False
    shutil.copytree(kept, server.data, symlinks=True)
    os.utime(kept)
    return True


def _keep(server: Postgres) -> None:
    """Copy the stopped server's cluster for the next one; a copy that was killed halfway is none."""
    half = _all_folders() / "half"
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(server.data, half, symlinks=True)
    half.rename(_kept())


def _start_until_exit(server: Postgres, passwords: dict[str, str]) -> dict[str, str]:
    server.start()
    atexit.register(shutil.rmtree, server.root, ignore_errors=True)
    atexit.register(server.stop)
    return _urls(server, passwords)


def _urls(server: Postgres, passwords: dict[str, str]) -> dict[str, str]:
    return {
        "admin": server.url(),
        "owner": server.url(TEMPLATE, "clinic_owner", passwords["owner"]),
        "app": server.url(TEMPLATE, "clinic_app", passwords["app"]),
        "log": str(server.log),
    }


def _migrate(urls: dict[str, str]) -> None:
    prepare_database(urls["admin"], urls["owner"], urls["app"])
    environment = {"DATABASE_URL": urls["app"], "DATABASE_OWNER_URL": urls["owner"], "CLINIC_ENV": "test"}
    done = subprocess.run(
        [sys.executable, HOME / "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
        env=os.environ | environment, cwd=HOME, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"the test database could not be migrated:\n{done.stdout}{done.stderr}")


def _environment(urls: dict[str, str]) -> dict[str, str]:
    database = "/test_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
    valkey = Valkey(_own_folder() / "valkey", secrets.token_hex(16), durable=False).start()
    atexit.register(valkey.stop)
    return {
        "CLINIC_ENV": "test",
        "DATABASE_ADMIN_URL": urls["admin"],
        "DATABASE_OWNER_URL": _with_database(urls["owner"], database),
        "DATABASE_URL": _with_database(urls["app"], database),
        "REDIS_URL": valkey.url(),
        "SECRET_KEY": "test-only-" + "0" * 50,
        "KEY_RING": "test:dGVzdC1vbmx5LWtleS1ub3QtYS1zZWNyZXQtMDAwMDA=",
        "DATA_DIR": str(_own_folder() / "data"),
        "PUBLIC_URL": "http://testserver",
    }


def _copy_template() -> None:
    database = urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/")
    names = {
        "name": Identifier(database),
        "template": Identifier(TEMPLATE),
        "owner": Identifier("clinic_owner"),
    }
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        # Two workers copying at once would each see the other's session on the template.
        admin.execute("SELECT pg_advisory_lock(1)")
        admin.execute(SQL("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}").format(**names))
        allow_connections(admin, database, "clinic_owner", "clinic_app")


def _with_database(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=path).geturl()


def _kept() -> Path:
    return _all_folders() / f"schema-{_fingerprint()}"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for file in sorted(file for pattern in SCHEMA_SOURCES for file in HOME.glob(pattern)):
        digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _passwords() -> dict[str, str]:
    """Kept beside the kept schemas, whose roles have them."""
    file = _all_folders() / "passwords.json"
    with _alone():
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(
                json.dumps({name: secrets.token_hex(16) for name in ("superuser", "owner", "app")})
            )
        return json.loads(file.read_text())


@contextmanager
def _alone() -> Iterator[None]:
    """No other test process of this user is in here meanwhile."""
    with (_all_folders() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _own_folder() -> Path:
    folder = _all_folders() / str(os.getpid())
    if not folder.exists():
        (folder / "data" / "incoming").mkdir(parents=True)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _all_folders() -> Path:
    folder = Path(tempfile.gettempdir()) / f"clinic-inbox-tests-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise SystemExit(f"{folder} belongs to somebody else")
    return folder


def _sweep_abandoned() -> None:
    """Folders of killed runs, and schemas that nobody has asked for in a while."""
    dead = [folder for folder in _all_folders().glob("[0-9]*") if not _is_alive(int(folder.name))]
    schemas = sorted(_all_folders().glob("schema-*"), key=lambda folder: folder.stat().st_mtime)
    for folder in dead + schemas[:-SCHEMAS_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
