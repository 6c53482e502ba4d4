"""News for some tabs that nobody needs to hear later: who is here, and that a draft changed. Ids only, never text.

Unlike those of realtime.py these hints have no number, cost no row, and may be lost.
"""

import logging

import orjson
import redis

from clinic_inbox.valkey import Latch, valkey

logger = logging.getLogger(__name__)

CHANNEL = "clinic-inbox:whispers"  # the second Redis channel that every live process listens to
_latch = Latch()


def to_member(clinic_id: str, member_id: str, news: dict) -> None:
    """Tell the tabs of one member; without Valkey they find out when they next look."""
    if _latch.is_shut:
        return
    try:
        valkey().publish(CHANNEL, orjson.dumps({"clinic": clinic_id, "member": member_id, "news": news}))
    except redis.RedisError:
        _latch.shut()
        logger.warning("whisper_not_published")
