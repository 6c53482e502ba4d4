"""What the door knows of each hook: its secrets for some seconds, and for some seconds that there is no such hook."""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from integrations.models import Hook

KEPT = 10  # seconds a hook's secrets are remembered
ASKED_AGAIN = 1  # seconds between looks at the database when a signature does not match
STRANGERS_KEPT = 5  # seconds
MOST_STRANGERS = 10_000
FIND = """
SELECT id, clinic_id, app_secret_sealed, previous_app_secret_sealed, verify_token_sealed
FROM integrations_hook WHERE id = %s
"""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the door knows of one hook, and since when."""

    app_secrets: tuple[str, ...]
    verify_token: str
    read_at: float


class Hooks:
    """The hooks met lately. However many ask for one at once, the database is asked once."""

    def __init__(self, pool: AsyncConnectionPool):
        self.pool = pool
        self.known: dict[UUID, Secrets] = {}
        self.strangers: dict[UUID, float] = {}
        self.asking: dict[UUID, asyncio.Task] = {}

    async def find(self, hook_id: UUID, newer_than: float = KEPT) -> Secrets | None:
        """The hook's secrets as they were at most so many seconds ago; None when there is no such hook."""
        now = time.monotonic()
        if now - self.strangers.get(hook_id, -STRANGERS_KEPT) < STRANGERS_KEPT:
            return None
        known = self.known.get(hook_id)
        if known and now - known.read_at <= newer_than:
            return known
        if hook_id not in self.asking:
            task = self.asking[hook_id] = asyncio.create_task(self._ask(hook_id))
            task.add_done_callback(lambda _: self.asking.pop(hook_id))
        # Whoever gives up waiting does not take the answer away from the others.
        return await asyncio.shield(self.asking[hook_id])

    async def _ask(self, hook_id: UUID) -> Secrets | None:
        found = await self._read(hook_id)
        if found is None:
            self.known.pop(hook_id, None)
            self._remember_stranger(hook_id)
        else:
            self.known[hook_id] = found
        return found

    def _remember_stranger(self, hook_id: UUID) -> None:
        self.strangers.pop(hook_id, None)
        while len(self.strangers) >= MOST_STRANGERS:
            del self.strangers[next(iter(self.strangers))]  # the one seen longest ago
        self.strangers[hook_id] = time.monotonic()

    async def _read(self, hook_id: UUID) -> Secrets | None:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(FIND, [hook_id])
            row = await cursor.fetchone()
        if row is None:
            return None
        pk, clinic_id, secret, previous, token = row
        hook = Hook(
            id=pk,
            clinic_id=clinic_id,
            app_secret_sealed=secret,
            previous_app_secret_sealed=previous,
            verify_token_sealed=token,
        )
        secrets = tuple(each for each in (hook.app_secret, hook.previous_app_secret) if each)
        return Secrets(secrets, hook.verify_token, time.monotonic())
