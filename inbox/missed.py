"""What sockets missed, looked up once for all of a clinic that ask at about the same time.

After a restart of `live` hundreds come back within a second; one by one they would wait for each other's queries.
"""

import asyncio
from collections import defaultdict
from uuid import UUID

from channels.db import database_sync_to_async

from clinic_inbox.tenancy import clinic_scope

from . import realtime, telling

Asked = tuple[UUID, int]  # member, and the number up to which their tab knows
Told = tuple[int, list[str] | None]  # the number now, and the topics; None when that is too long ago


class Missed:
    """The looks of this process, one at a time per clinic."""

    def __init__(self):
        self.waiting: dict[str, dict[Asked, asyncio.Future]] = defaultdict(dict)
        self.looking: dict[str, asyncio.Task] = {}

    async def since(self, clinic_id: str, member_id: UUID, seq: int) -> Told:
        """What this member may hear of that happened after `seq`. Raises what the database raises.

        Who asks while a look is under way shares the next one: an answer must not be older than its question.
        """
        answer = self.waiting[clinic_id].get((member_id, seq))
        if answer is None:
            answer = self.waiting[clinic_id][member_id, seq] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_notice)
        if clinic_id not in self.looking:
            self.looking[clinic_id] = asyncio.create_task(self._look(clinic_id))
        return await asyncio.shield(answer)

    async def _look(self, clinic_id: str) -> None:
        try:
            while asked := self.waiting.pop(clinic_id, None):
                try:
                    found = await database_sync_to_async(_find)(clinic_id, list(asked))
                except Exception as error:
                    for answer in asked.values():
                        answer.set_exception(error)
                else:
                    for each, answer in asked.items():
                        answer.set_result(found[each])
        finally:
            del self.looking[clinic_id]


def _notice(answer: asyncio.Future) -> None:
    """A failure is known even when everybody who asked has left."""
    if not answer.cancelled():
        answer.exception()


def _find(clinic_id: str, asked: list[Asked]) -> dict[Asked, Told]:
    with clinic_scope(clinic_id):
        changes = {seq: realtime.changes_since(seq) for seq in {seq for _, seq in asked}}
        topics = {topic for _, found in changes.values() for topic in found or ()}
        look = telling.look(topics, {member_id for member_id, _ in asked}) if topics else None
    told = {}
    for member_id, seq in asked:
        now_at, found = changes[seq]
        told[member_id, seq] = (now_at, look.told(member_id, found) if found else found)
    return told


missed = Missed()
