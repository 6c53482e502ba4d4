"""One Valkey subscription per process, fanned out to the sockets of each clinic.

When Valkey is away the hub looks at the clinics' counters in Postgres instead; sockets find gaps by number and fetch
what they missed, so a lost hint is only late.
"""

import asyncio
import logging
from collections import defaultdict
from uuid import UUID

import orjson
import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings

from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import tell_sockets

from . import realtime, telling, whispers
from .presence import presence

logger = logging.getLogger(__name__)

QUEUE = 200  # hints a slow socket may fall behind before it is told to catch up from Postgres
POLL_EVERY = 2  # seconds, while Valkey is away
TELL_EVERY = 10  # seconds between two counts of our sockets for /metrics
CHECK_EVERY = 15  # seconds, always: a hint lost without an error is noticed


class Guard:
    """Whether hints of one clinic must be looked at for each of its sockets here, as far as this process knows."""

    def __init__(self):
        self.members: dict[asyncio.Queue, UUID] = {}
        self.is_open = False  # everybody here sees everything: hints pass as they are
        self.version = 0

    def doubt(self) -> None:
        """Something may be otherwise now: the next hint looks."""
        self.is_open = False
        self.version += 1


class Hint:
    """One change for the sockets of a process; what each may hear of it is asked of Postgres once for all."""

    def __init__(self, clinic_id: str, seq: int, topics: list[str], guard: Guard):
        self.clinic_id, self.seq, self.topics, self.guard = clinic_id, seq, topics, guard
        if telling.is_about_sight(topics):
            guard.doubt()
        self._version, self._is_open, self._look = guard.version, guard.is_open, None

    async def told(self, member_id: UUID) -> list[str]:
        """The topics for this member."""
        if self._passes():
            return telling.public(self.topics)
        if self._look is None:
            self._look = asyncio.ensure_future(self._look_at())
        found = await asyncio.shield(self._look)  # others wait for it, too
        return found.told(member_id, self.topics)

    def _passes(self) -> bool:
        """Everybody here sees everything, as far as was known at this change or has been found since."""
        is_still_true = self.guard.version == self._version
        return self._is_open or (is_still_true and self.guard.is_open)

    async def _look_at(self) -> telling.Look:
        members = set(self.guard.members.values())
        found = await database_sync_to_async(_look)(self.clinic_id, self.topics, members)
        if self.guard.version == self._version:
            self.guard.is_open = not found.is_guarded
        return found


class Hub:
    """The sockets of this process, by clinic."""

    def __init__(self):
        self.queues: dict[str, set[asyncio.Queue]] = defaultdict(set)
        self.guards: dict[str, Guard] = defaultdict(Guard)
        self.last_seen: dict[str, int] = {}
        self.is_listening = False

    @property
    def sockets(self) -> int:
        """How many sockets are open here."""
        return sum(len(queues) for queues in self.queues.values())

    async def open(self) -> None:
        await presence.open()
        # The loop keeps only weak references to its tasks.
        self.tasks = [asyncio.create_task(part()) for part in (self._listen, self._watch, self._tell)]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await presence.close()

    def join(self, clinic_id: str, member_id: UUID) -> asyncio.Queue:
        """A queue that gets every hint of this clinic, or None to catch up from Postgres."""
        queue = asyncio.Queue(QUEUE)
        self.queues[clinic_id].add(queue)
        self.guards[clinic_id].members[queue] = member_id
        self.guards[clinic_id].doubt()
        return queue

    def leave(self, clinic_id: str, queue: asyncio.Queue) -> None:
        self.queues[clinic_id].discard(queue)
        self.guards[clinic_id].members.pop(queue, None)
        if not self.queues[clinic_id]:
            del self.queues[clinic_id], self.guards[clinic_id]
            self.last_seen.pop(clinic_id, None)

    def deliver(self, clinic_id: str, hint: Hint | None) -> None:
        if hint is None and clinic_id in self.guards:
            self.guards[clinic_id].doubt()
        for queue in self.queues.get(clinic_id, ()):
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(hint)

    async def _listen(self) -> None:
        while True:
            try:
                async with redis.asyncio.Redis.from_url(
                    settings.REDIS_URL, socket_connect_timeout=2
                ) as client:
                    await self._pump(client)
            except (redis.RedisError, OSError) as error:
                logger.warning("hints_unheard", extra={"reason": type(error).__name__})
            self.is_listening = False
            await asyncio.sleep(1)

    async def _pump(self, client) -> None:
        async with client.pubsub() as subscription:
            await subscription.subscribe(realtime.HINTS, whispers.CHANNEL)
            self.is_listening = True
            for clinic_id in list(self.queues):
                self.deliver(clinic_id, None)  # what was said before we listened
            async for message in subscription.listen():
                if message["type"] == "message":
                    is_hint = message["channel"] == realtime.HINTS.encode()
                    (self._hear if is_hint else presence.hear)(**orjson.loads(message["data"]))

    def _hear(self, clinic: str, seq: int, topics: list[str]) -> None:
        before = self.last_seen.get(clinic, 0)
        self.last_seen[clinic] = max(seq, before)
        if clinic not in self.queues:
            return
        if seq > before + 1:
            self.guards[clinic].doubt()  # what was not heard may have been about sight
        self.deliver(clinic, Hint(clinic, seq, topics, self.guards[clinic]))

    async def _watch(self) -> None:
        """Compare the counters with what was heard; often while nothing can be heard."""
        waited = 0
        while True:
            await asyncio.sleep(POLL_EVERY)
            waited += POLL_EVERY
            if self.is_listening and waited < CHECK_EVERY:
                continue
            waited = 0
            for clinic_id in list(self.queues):
                await self._compare(clinic_id)

    async def _tell(self) -> None:
        while True:
            await asyncio.to_thread(tell_sockets, self.sockets)
            await asyncio.sleep(TELL_EVERY)

    async def _compare(self, clinic_id: str) -> None:
        try:
            now_at = await database_sync_to_async(_seq_of)(clinic_id)
        except Exception as error:  # Postgres is away too: the next look will tell
            logger.warning("counter_unread", extra={"reason": type(error).__name__})
            return
        if now_at > self.last_seen.get(clinic_id, -1):
            is_first_look = clinic_id not in self.last_seen
            self.last_seen[clinic_id] = now_at
            if not is_first_look or not self.is_listening:
                self.deliver(clinic_id, None)


def _seq_of(clinic_id: str) -> int:
    with clinic_scope(clinic_id):
        return realtime.current_seq()


def _look(clinic_id: str, topics: list[str], members: set[UUID]) -> telling.Look:
    with clinic_scope(clinic_id):
        return telling.look(topics, members)


hub = Hub()
