"""One runner per channel: an advisory lock on a connection of its own, so that a dead worker's lock is free at once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection

# Django's own, with its adapters and cursor classes.
NOT_FOR_PSYCOPG = {"context", "cursor_factory", "prepare_threshold", "server_side_binding"}


class Hold:
    """The lock while it is held."""

    def __init__(self, session: psycopg.Connection):
        self.session = session
        self.seen_at = time.monotonic()

    def is_held(self) -> bool:
        """Still ours? Gives Postgres a sign of life now and then."""
        if time.monotonic() - self.seen_at < settings.DELIVERY_LEASE.total_seconds() / 6:
            return not self.session.broken
        try:
            self.session.execute("SELECT 1")
        except psycopg.Error:
            return False
        self.seen_at = time.monotonic()
        return True


@contextmanager
def hold(channel_id: UUID) -> Iterator[Hold | None]:
    """The channel's lock; None while another runner has it."""
    options = {
        key: value for key, value in connection.get_connection_params().items() if key not in NOT_FOR_PSYCOPG
    }
    with psycopg.connect(**options, autocommit=True) as session:
        # Postgres ends a session that is silent for so long: a frozen worker does not hold its channel for ever.
        session.execute(f"SET idle_session_timeout = {int(settings.DELIVERY_LEASE.total_seconds() * 1000)}")
        (is_ours,) = session.execute("SELECT pg_try_advisory_lock(%s)", [_key(channel_id)]).fetchone()
        yield Hold(session) if is_ours else None


def _key(channel_id: UUID) -> int:
    return int.from_bytes(blake2b(b"deliver" + channel_id.bytes, digest_size=8).digest(), signed=True)
