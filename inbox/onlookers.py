"""Who has a conversation before their eyes at this moment, asked by a worker: what presence.py keeps in Valkey."""

import time
from collections.abc import Collection
from uuid import UUID

import redis

from clinic_inbox.valkey import valkey

from .presence import HERE


def onlookers(clinic_id: UUID, conversations: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """(member, conversation) of each visible tab. Nobody is known to look while Valkey is away."""
    conversations = list(conversations)
    try:
        pipe = valkey().pipeline(transaction=False)
        for pk in conversations:
            pipe.hvals(f"{HERE}{clinic_id}:{pk}")
        found = pipe.execute()
    except redis.RedisError:
        return set()
    now, here = time.time(), set()
    for pk, seats in zip(conversations, found, strict=True):
        for seat in seats:
            member, _doing, until = seat.decode().split()
            if int(until) > now:
                here.add((UUID(member), pk))
    return here
