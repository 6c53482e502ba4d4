"""What changed, in order: a gapless number per clinic, kept in Postgres and hinted to the screens.

Hints carry topics, never patient text. Topics: `conversation-<id>`, `contact-<id>`, `channel-<id>`, `templates`, and
those of telling.py for members whose sight changes.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import cache, partial

import orjson
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from clinic_inbox.failpoints import failpoint
from clinic_inbox.tenancy import current_clinic_id

from .models import Change, Feed

logger = logging.getLogger(__name__)

HINTS = "clinic-inbox:hints"  # the one Redis channel that every live process listens to
KEPT = timedelta(days=7)
MOST_REPLAYED = 1000

# The counter row stays locked until commit, so numbers appear in commit order and a reader never skips one.
NEXT = """
INSERT INTO inbox_feed (id, clinic_id, seq) VALUES (uuidv7(), %(clinic)s, 1)
    ON CONFLICT (clinic_id) DO UPDATE SET seq = inbox_feed.seq + 1 RETURNING seq
"""
REMEMBER = """
INSERT INTO inbox_change (id, clinic_id, seq, topics, created_at)
    VALUES (uuidv7(), %(clinic)s, %(seq)s, %(topics)s, now())
"""

# What as_one_change() collects; None outside of it.
_together: ContextVar[set | None] = ContextVar("together", default=None)


@contextmanager
def as_one_change() -> Iterator[None]:
    """What is published in the block becomes one change, when it ends: one number, one hint, one short lock."""
    topics: set[str] = set()
    token = _together.set(topics)
    try:
        yield
    finally:
        _together.reset(token)
    if topics:
        publish(*topics)


def publish(*topics: str) -> int:
    """Give this change its number and, once committed, hint it to the clinic's screens. Returns the number.

    Call late in the transaction: the clinic's counter is locked from here to the commit. Inside as_one_change() the
    number is still to come, and 0 is returned.
    """
    if (together := _together.get()) is not None:
        together.update(topics)
        return 0
    clinic_id = current_clinic_id()
    names = sorted(set(topics))
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"clinic": clinic_id})
        (seq,) = cursor.fetchone()
        cursor.execute(REMEMBER, {"clinic": clinic_id, "seq": seq, "topics": names})
    transaction.on_commit(partial(_hint, str(clinic_id), seq, names))
    return seq


def current_seq() -> int:
    """The number of the clinic's last change; 0 before the first."""
    return Feed.objects.values_list("seq", flat=True).first() or 0


def changes_since(seq: int) -> tuple[int, list[str] | None]:
    """The current number and the topics touched after `seq`; None instead of topics when that is too long ago."""
    now_at = current_seq()
    missed = Change.objects.filter(seq__gt=seq, seq__lte=now_at).values_list("topics", flat=True)
    missed = list(missed[: MOST_REPLAYED + 1])
    if seq > now_at or len(missed) < now_at - seq or len(missed) > MOST_REPLAYED:
        return now_at, None
    return now_at, sorted({topic for topics in missed for topic in topics})


def forget_old_changes() -> int:
    """Delete changes too old to be replayed; returns how many."""
    return Change.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def topic(conversation_id) -> str:
    """The topic of everything about one conversation."""
    return f"conversation-{conversation_id}"


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5)


def _hint(clinic_id: str, seq: int, topics: list[str]) -> None:
    failpoint("hint")
    try:
        _redis().publish(HINTS, orjson.dumps({"clinic": clinic_id, "seq": seq, "topics": topics}))
    except redis.RedisError:
        # The change is in Postgres; sockets ask for what they missed when the next hint shows a gap.
        logger.warning("hint_not_published")
