"""How often one token may ask: a fixed window per minute, counted in Valkey."""

import logging
import time

import redis
from django.conf import settings
from rest_framework.throttling import BaseThrottle

from clinic_inbox.valkey import valkey

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60


class PerToken(BaseThrottle):
    """Counts requests of one token. Without Valkey everything passes: patients' messages matter more than limits."""

    def allow_request(self, request, view) -> bool:
        if request.auth is None:
            return True
        limit = settings.API_REQUESTS_PER_MINUTE
        count, self.seconds_left = _count(request.auth.pk)
        request._request.rate = (limit, max(0, limit - count), self.seconds_left)
        return count <= limit

    def wait(self) -> int:
        return self.seconds_left


def _count(token_id) -> tuple[int, int]:
    """Requests of this token in the current window, this one included, and the seconds until the next."""
    now = int(time.time())
    key = f"clinic-inbox:rate:{token_id}:{now // WINDOW_SECONDS}"
    seconds_left = WINDOW_SECONDS - now % WINDOW_SECONDS
    try:
        with valkey().pipeline(transaction=False) as pipeline:
            count, _ = pipeline.incr(key).expire(key, WINDOW_SECONDS + 5).execute()
    except redis.RedisError:
        logger.warning("rate_not_counted", extra={"token_id": token_id})
        count = 0
    return count, seconds_left
