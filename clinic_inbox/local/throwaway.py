"""Throw-away servers for one test run: a Postgres for all its processes, a database and a Valkey for each of them."""

import atexit
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from clinic_inbox.local.roles import allow_connections, prepare_database
from clinic_inbox.local.servers import Postgres, Valkey

HOME = Path(__file__).resolve().parents[2]
TEMPLATE = "clinic_template"
SHARED = "CLINIC_TEST_POSTGRES"  # Tells a worker process which server its parent has started.
ABANDONED_AFTER_SECONDS = 6 * 3600


def start() -> dict[str, str]:
    """Start what this process needs, once; sets and returns the environment that settings.py reads."""
    _sweep_abandoned_folders()
    if SHARED not in os.environ:
        os.environ[SHARED] = json.dumps(_start_postgres())
        _migrate_template()
    os.environ.update(_environment(json.loads(os.environ[SHARED]), _own_folder()))
    _copy_template()
    return dict(os.environ)


def superuser_url() -> str:
    """The database of this process as Postgres' superuser, who sees the rows of every clinic."""
    return (
        urlsplit(os.environ["DATABASE_ADMIN_URL"])
        ._replace(path=urlsplit(os.environ["DATABASE_URL"]).path)
        .geturl()
    )


def _start_postgres() -> dict[str, str]:
    server = Postgres(_own_folder() / "postgres", secrets.token_hex(16), durable=False).start()
    atexit.register(shutil.rmtree, server.root, ignore_errors=True)
    atexit.register(server.stop)
    return {
        "admin": server.url(),
        "owner": server.url(TEMPLATE, "clinic_owner", secrets.token_hex(16)),
        "app": server.url(TEMPLATE, "clinic_app", secrets.token_hex(16)),
    }


def _migrate_template() -> None:
    urls = json.loads(os.environ[SHARED])
    prepare_database(urls["admin"], urls["owner"], urls["app"])
    environment = os.environ | {
        "DATABASE_URL": urls["app"],
        "DATABASE_OWNER_URL": urls["owner"],
        "CLINIC_ENV": "test",
    }
    done = subprocess.run(
        [sys.executable, HOME / "manage.py", "migrate", "--verbosity=0"],
        env=environment, cwd=HOME, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"the test database could not be migrated:\n{done.stdout}{done.stderr}")


def _environment(urls: dict[str, str], folder: Path) -> dict[str, str]:
    database = "/test_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
    valkey = Valkey(folder / "valkey", secrets.token_hex(16), durable=False).start()
    atexit.register(valkey.stop)
    return {
        "CLINIC_ENV": "test",
        "DATABASE_ADMIN_URL": urls["admin"],
        "DATABASE_OWNER_URL": urlsplit(urls["owner"])._replace(path=database).geturl(),
        "DATABASE_URL": urlsplit(urls["app"])._replace(path=database).geturl(),
        "REDIS_URL": valkey.url(),
        "SECRET_KEY": "test-only-" + "0" * 50,
        "KEY_RING": "test:dGVzdC1vbmx5LWtleS1ub3QtYS1zZWNyZXQtMDAwMDA=",
        "DATA_DIR": str(folder / "data"),
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


def _own_folder() -> Path:
    folder = _all_folders() / str(os.getpid())
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / "data").mkdir()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _all_folders() -> Path:
    return Path(tempfile.gettempdir()) / f"clinic-inbox-tests-{os.geteuid()}"


def _sweep_abandoned_folders() -> None:
    for folder in _all_folders().glob("*"):
        try:
            os.kill(int(folder.name), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (PermissionError, ValueError):
            continue
        else:
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS:  # A number used again.
                shutil.rmtree(folder, ignore_errors=True)
