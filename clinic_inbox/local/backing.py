"""What the product stands on: Postgres and Valkey of our own unless the environment names others, and its secrets."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from clinic_inbox.local import folder, leftovers
from clinic_inbox.local.children import popen_options
from clinic_inbox.local.roles import prepare_database
from clinic_inbox.local.servers import Postgres, Valkey


@contextmanager
def backing_servers(data: Path, mark: str) -> Iterator[tuple[dict[str, str], list[Postgres | Valkey]]]:
    """Start the servers and give (the environment that the settings read, the servers); stop them afterwards."""
    secrets = folder.local_secrets(data)
    defaults = {"CLINIC_ENV": "local", "SECRET_KEY": secrets["secret_key"], "KEY_RING": secrets["key_ring"]}
    defaults |= {"BACKUP_KEY": secrets["backup_key"], "PUSH_KEY": secrets["push_key"]}
    environment = (
        defaults | os.environ | {leftovers.MARK: mark, "DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    )
    for name in ("incoming", "media"):
        (data / name).mkdir(exist_ok=True)
    servers = []
    with ExitStack() as stopping:
        if "DATABASE_URL" not in os.environ:
            postgres = Postgres(data / "postgres", secrets["superuser"])
            leftovers.forget_dead_postmaster(postgres.data)
            stopping.callback(postgres.stop)
            postgres.start()
            servers.append(postgres)
            environment["DATABASE_URL"] = postgres.url("clinic", "clinic_app", secrets["app"])
            environment["DATABASE_OWNER_URL"] = postgres.url("clinic", "clinic_owner", secrets["owner"])
            _prepare_once(data, postgres, environment)
        if "REDIS_URL" not in os.environ:
            valkey = Valkey(data / "valkey", secrets["valkey"])
            stopping.callback(valkey.stop)
            environment["REDIS_URL"] = valkey.start().url()
            servers.append(valkey)
        yield environment, servers


def migrate_if_needed(data: Path, environment: dict[str, str]) -> bool:
    """Bring the tables up to date; returns False when the last start had done so already."""
    stamp = {"migrations": folder.fingerprint_of_migrations()}
    is_ours = "DATABASE_URL" not in os.environ  # Somebody else's database may have been replaced meanwhile.
    if is_ours and folder.read(data / "migrated.json") == stamp:
        return False
    manage(environment, "migrate", "--verbosity=0")
    folder.write_private(data / "migrated.json", stamp)
    return True


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a management command and return what it printed; what went wrong ends ./dev."""
    done = subprocess.run(
        [sys.executable, str(folder.HOME / "manage.py"), *arguments],
        env=environment, cwd=folder.HOME, capture_output=True, text=True, check=False,
        start_new_session=True, **popen_options("plain", signal.SIGTERM),
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"manage {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _prepare_once(data: Path, postgres: Postgres, environment: dict[str, str]) -> None:
    stamp = {"roles": folder.fingerprint_of_migrations()}
    if folder.read(data / "prepared.json") != stamp:
        prepare_database(postgres.url(), environment["DATABASE_OWNER_URL"], environment["DATABASE_URL"])
        folder.write_private(data / "prepared.json", stamp)
