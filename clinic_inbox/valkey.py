"""A connection to Valkey for what may be lost: limits, gauges. Short deadlines, because nobody waits for it."""

import os
import socket
import time
from functools import cache

import redis
from django.conf import settings

SECONDS = 0.5
SKIPPED_SECONDS = 5
SOCKETS = "clinic-inbox:sockets:"  # + one name per live process; the value is its open sockets
SOCKETS_EXPIRE_SECONDS = 30
ROUNDS = "clinic-inbox:round:"  # + the sweeper's name; the value is when a worker last went round
ROUNDS_EXPIRE_SECONDS = 3600


class Latch:
    """Remembers that Valkey has just failed, so that only one caller in SKIPPED_SECONDS waits for it in vain."""

    def __init__(self):
        self.until = 0.0

    @property
    def is_shut(self) -> bool:
        return time.monotonic() < self.until

    def shut(self) -> None:
        self.until = time.monotonic() + SKIPPED_SECONDS


@cache
def valkey() -> redis.Redis:
    """One client per process, with its pool. Callers catch redis.RedisError and go on without."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)


def note_round(name: str) -> None:
    """Let the health page know that a worker has just made this round."""
    try:
        valkey().set(f"{ROUNDS}{name}", int(time.time()), ex=ROUNDS_EXPIRE_SECONDS)
    except redis.RedisError:
        pass  # the health page shows that Valkey is away


def rounds_made(*names: str) -> dict[str, int | None]:
    """Seconds since each of these rounds was made; None for one not made lately. Raises redis.RedisError."""
    now = int(time.time())
    found = valkey().mget([f"{ROUNDS}{name}" for name in names])
    return {name: max(0, now - int(at)) if at else None for name, at in zip(names, found, strict=True)}


def queued(*queues: str) -> dict[str, int]:
    """How many bells wait in each queue. Raises redis.RedisError."""
    return {name: valkey().llen(name) for name in queues}


def tell_sockets(count: int) -> None:
    """Let /metrics know how many websockets this process holds. Say so again before SOCKETS_EXPIRE_SECONDS are over."""
    try:
        valkey().set(f"{SOCKETS}{socket.gethostname()}-{os.getpid()}", count, ex=SOCKETS_EXPIRE_SECONDS)
    except redis.RedisError:
        pass  # /metrics shows that Valkey is away
