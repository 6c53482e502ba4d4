"""What forked processes run. Imported once by the server they are forked from (tests.faults.forks)."""

import asyncio
import os
import resource
import signal
import sys
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

import uvicorn  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import InterfaceError, OperationalError, connections  # noqa: E402

from clinic_inbox import asgi, failpoints  # noqa: E402
from clinic_inbox.local.children import die_with_parent  # noqa: E402
from inbox import door, intake, media  # noqa: E402
from inbox.delivery import runner  # noqa: E402


def live(port: int, points: str, is_hasty: bool, database: str) -> None:
    """The `live` process; with `is_hasty` it answers 200 before anything is committed, as it never may."""
    _begin(points, database)
    if is_hasty:
        door.Door._store = _store_later
    uvicorn.run(asgi.application, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def drain(points: str, database: str = "") -> None:
    """What the ingest worker does until nothing waits."""
    _begin(points, database)
    try:
        while intake.drain(0):
            pass
    except (OperationalError, InterfaceError):
        sys.exit(1)  # Celery would log it, and the sweeper ring again


def deliver(points: str, clinic_id: UUID, channel_id: UUID, lease: timedelta | None = None) -> None:
    """One turn of a channel; what it claims is its own for so long."""
    _begin(points)
    if lease is not None:
        settings.DELIVERY_LEASE = lease
    runner.run(clinic_id, channel_id)


def fetch(points: str, clinic_id: UUID, attachment_id: UUID) -> None:
    """What the worker for errands does with one file."""
    _begin(points)
    media.fetch(clinic_id, attachment_id)


def fetch_without_room(clinic_id: UUID, attachment_id: UUID) -> None:
    """As `fetch`, where no file may grow beyond a hundred bytes."""
    _begin("")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    media.fetch(clinic_id, attachment_id)


def _begin(points: str, database: str = "") -> None:
    """`database`: another way to it, as through a proxy."""
    die_with_parent(signal.SIGKILL)
    failpoints.arm(points)
    if database:
        parts = urlsplit(database)
        settings.DATABASE_URL = database
        connections.databases["default"] |= {"HOST": parts.hostname, "PORT": str(parts.port)}


_store = door.Door._store
_later = set()  # the loop keeps only weak references


async def _store_later(self, hook_id, body) -> None:
    task = asyncio.create_task(_store(self, hook_id, body))
    _later.add(task)
    task.add_done_callback(_later.discard)
