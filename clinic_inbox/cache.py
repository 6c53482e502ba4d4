"""Django's cache in Valkey; while that is away, each process counts by itself, so that people can still sign in."""

import logging

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from .valkey import SECONDS, Latch

logger = logging.getLogger(__name__)
_latch = Latch()


class Cache(RedisCache):
    """Limits (of sign-ins, mostly) are shared by all processes, or kept per process when they cannot be."""

    def __init__(self, server, params):
        patience = {"socket_timeout": SECONDS, "socket_connect_timeout": SECONDS}
        super().__init__(server, params | {"OPTIONS": patience})
        self.local = LocMemCache("while-valkey-is-away", params)

    def _try(self, operation: str, *args, **kwargs):
        if not _latch.is_shut:
            try:
                return getattr(super(), operation)(*args, **kwargs)
            except redis.RedisError:
                _latch.shut()
                logger.warning("cache_away")
        return getattr(self.local, operation)(*args, **kwargs)

    def add(self, *args, **kwargs):
        return self._try("add", *args, **kwargs)

    def get(self, *args, **kwargs):
        return self._try("get", *args, **kwargs)

    def set(self, *args, **kwargs):
        return self._try("set", *args, **kwargs)

    def delete(self, *args, **kwargs):
        return self._try("delete", *args, **kwargs)
