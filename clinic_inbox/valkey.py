"""A connection to Valkey for what may be lost: limits, gauges. Short deadlines, because nobody waits for it."""

from functools import cache

import redis
from django.conf import settings

SECONDS = 0.5


@cache
def valkey() -> redis.Redis:
    """One client per process, with its pool. Callers catch redis.RedisError and go on without."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
