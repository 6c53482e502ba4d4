"""Words that nobody else says, and every place where a copy of them could be left behind."""

import base64
import fcntl
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis
from django.apps import apps
from django.db.models import CharField, JSONField, TextField

from clinic_inbox.local import throwaway

CANARY = "canary7f3a"  # part of every text, name, file, key and password of the run
PHONE = "447700900987"
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
APPS = ("contacts", "inbox", "integrations", "clinics")


def opened(text: str) -> str:
    """The text, and what is packed in it as base64, as Celery packs what a task is given."""
    return text + "".join(_unpacked(found[0]) for found in BASE64.finditer(text))


def _unpacked(packed: str) -> str:
    try:
        return base64.b64decode(
            packed + "=" * (-len(packed) % 4), altchars=b"-_" if "_" in packed else None
        ).decode()
    except ValueError:
        return ""


class Places:
    """Where to look: logs, temporary and data folders, Valkey's rows and all it was told, Postgres' log."""

    def __init__(self, folder: Path, redis_url: str):
        self.folder, self.redis_url = folder, redis_url
        self.logs, self.data, self.temporary = folder / "logs", folder / "data", folder / "tmp"
        for each in (self.logs, self.data / "incoming", self.temporary):
            each.mkdir(parents=True)
        self.told: list[str] = []

    def __enter__(self) -> "Places":
        # Another test process that leaves a canary on purpose would be heard in the log that all share.
        self.postgres_log = throwaway.postgres_log().open("rb")
        fcntl.flock(self.postgres_log, fcntl.LOCK_EX)
        self.postgres_log.seek(0, os.SEEK_END)
        self.said_before = self.postgres_log.tell()
        self.client = redis.Redis.from_url(self.redis_url, socket_timeout=None)
        self.client.flushall()  # what the test before left on purpose
        self.monitor = self.client.monitor().__enter__()
        self.is_over = False
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        return self

    def __exit__(self, *error) -> None:
        self.is_over = True
        self.client.ping()  # heard by the listener, who then looks up
        self.listener.join(5)
        self.monitor.__exit__(*error)
        self.client.close()
        self.postgres_log.close()

    def _listen(self) -> None:
        while not self.is_over:
            self.told.append(self.monitor.next_command()["command"])

    def texts(self) -> Iterator[tuple[str, str]]:
        """(place, everything written there)."""
        assert self.listener.is_alive()
        for name, folder in (("logs", self.logs), ("temporary", self.temporary), ("data", self.data)):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and "media" not in path.parts:
                    yield f"{name}: {path.name}", path.name + path.read_text("utf-8", "replace")
        yield "valkey, told", opened("\n".join(self.told))
        held = (repr(key) + repr(self.client.dump(key)) for key in self.client.scan_iter())
        yield "valkey, held", opened("".join(held))
        self.postgres_log.seek(self.said_before)
        yield "postgres, log", self.postgres_log.read().decode("utf-8", "replace")

    def found(self, *more: str) -> list[str]:
        """The places that hold a canary, or one of these secrets."""
        words = (CANARY, PHONE, *more)
        return [place for place, text in self.texts() if any(word in text for word in words)]


def processes_of(pids: list[int]) -> list[str]:
    """Command lines and environments of these processes and their children, where the system tells."""
    texts = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            group = os.getpgid(int(entry.name))
            if group in pids:
                texts += [(entry / name).read_text("utf-8", "replace") for name in ("cmdline", "environ")]
        except (OSError, ValueError):
            continue
    return texts


def text_columns() -> dict[tuple[str, str], str]:
    """(table, column) of every text of the clinics' tables, and its model's name."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models() if model._meta.managed]
    return {
        (model._meta.db_table, field.column): f"{model.__name__}.{field.name}"
        for model in models
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField) and not field.choices
    }


def columns_with_canaries(superuser: psycopg.Connection) -> set[str]:
    """`Model.field` of every text that holds a canary in some row."""
    return {
        name
        for (table, column), name in text_columns().items()
        if superuser.execute(
            f'SELECT 1 FROM "{table}" WHERE "{column}"::text ~ %s LIMIT 1', [f"{CANARY}|{PHONE}"]
        ).fetchone()
    }
