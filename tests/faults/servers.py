"""A Postgres that keeps what it commits and a Valkey, of one test alone, to be killed."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.db import connections

from clinic_inbox.local import throwaway
from clinic_inbox.local.servers import Valkey


class Servers:
    """One test's own servers, and the environment of processes that use them."""

    def __init__(self, root: Path):
        # A server dies with the thread that made it, and Nemesis is a short-lived one.
        self.spawner = ThreadPoolExecutor(1)
        self.postgres, self.urls = throwaway.durable_copy(root / "postgres")
        self.valkey = Valkey(root / "valkey", "of-one-test", durable=False).start()
        data = root / "data"
        (data / "incoming").mkdir(parents=True)
        self.environment = os.environ | {
            "DATABASE_URL": self.urls["app"],
            "DATABASE_OWNER_URL": self.urls["owner"],
            "DATABASE_ADMIN_URL": self.urls["admin"],
            "REDIS_URL": self.valkey.url(),
            "DATA_DIR": str(data),
            "PYTHONUNBUFFERED": "1",
        }

    def crash_postgres(self) -> None:
        """As `pg_ctl -m immediate` and starting it again: no checkpoint, every session cut."""
        self.postgres.process.send_signal(signal.SIGQUIT)
        self.postgres.process.wait(30)
        self.spawner.submit(self.postgres.start).result()

    def kill_valkey(self, away: float = 0) -> None:
        """SIGKILL; it comes back empty after `away` seconds."""
        self.valkey.process.kill()
        self.valkey.process.wait()
        time.sleep(away)
        self.spawner.submit(self.valkey.start).result()

    def hang_valkey(self, seconds: float) -> None:
        """Frozen: connections stand and new ones are taken, but nothing is answered."""
        self.valkey.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.valkey.process.send_signal(signal.SIGCONT)

    def superuser(self) -> psycopg.Connection:
        """A connection that sees every clinic's rows."""
        database = urlsplit(self.urls["app"]).path
        return psycopg.connect(urlsplit(self.urls["admin"])._replace(path=database).geturl(), autocommit=True)

    def stop(self) -> None:
        self.valkey.process.send_signal(signal.SIGCONT)
        self.valkey.stop()
        self.postgres.stop()
        self.spawner.shutdown()


@contextmanager
def own_servers(root: Path) -> Iterator[Servers]:
    """While the block runs, Django in this process uses them too."""
    servers = Servers(root)
    parts = urlsplit(servers.urls["app"])
    ours = {"HOST": parts.hostname, "PORT": str(parts.port), "NAME": parts.path[1:], "USER": parts.username}
    ours["PASSWORD"] = parts.password
    known = connections.databases["default"]
    before = {name: known[name] for name in ours}
    try:
        _use(ours)
        yield servers
    finally:
        _use(before)
        servers.stop()


def _use(address: dict[str, str]) -> None:
    connections["default"].close()
    connections.databases["default"].update(address)
    connections["default"].settings_dict.update(address)
