"""How fast a number may send: never more than its limit in any second, and slower while the provider complains."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable

KEPT = 0.98  # of the limit as the steady rate
BURST_SECONDS = (
    0.06  # of turns may be made up for at once after a pause; no second holds more than the limit for it
)
SLOWEST = 0.05  # of the limit
FASTER_AFTER_SECONDS = 5
FULL_SECOND = 1.01  # by our clock, so that it is no less by the provider's
CROWD_SECONDS = 0.005  # between looks while as many as a second holds are being written

# One message per 6 seconds to one person, of which ten may come at once.
# Source: Meta's page on throughput, pair rate limit.
RECIPIENT_SECONDS = 60
RECIPIENT_MOST = 10


class Pace:
    """The turns of one number: a token bucket that starts empty, and a count of what the last second took.

    Starting empty and a moment late, a new runner adds nothing to what the one before it may have sent just now. The
    bucket spreads sends; the count keeps the limit where turns come late. It counts a write from when it was let go
    until a full second after it was surely done, so that a slow machine between the two crowds nobody's second.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic):
        self.limit = per_second
        self.clock = clock
        self.factor = 1.0
        self.slowed_at = -float("inf")
        late = max(0.0, KEPT + BURST_SECONDS - 1)
        self.next_at = clock() + late + self._interval()
        self.writing = 0
        self.written: deque[float] = deque(maxlen=per_second)

    @property
    def rate(self) -> float:
        """Sends per second at the moment."""
        return self.limit * self.factor

    def reserve(self) -> float:
        """Take the next turn; returns how many seconds to wait for it."""
        now = self.clock()
        self._recover(now)
        burst = (max(1.0, self.limit * BURST_SECONDS) - 1) * self._interval()
        turn = max(self.next_at, now - burst)
        self.next_at = turn + self._interval()
        return turn - now

    async def turn(self) -> None:
        """Wait for the next turn."""
        if (seconds := self.reserve()) > 0:
            await asyncio.sleep(seconds)

    async def room(self) -> None:
        """Wait until one more fits into the last second. `begin` must follow without a pause."""
        while (seconds := self.crowded()) > 0:
            await asyncio.sleep(seconds)

    def begin(self) -> None:
        """A message is about to be written. `done` must follow."""
        self.writing += 1

    def done(self) -> None:
        """A message that was begun is written, or will never be."""
        self.writing -= 1
        self.written.append(self.clock())

    def crowded(self) -> float:
        """Seconds until another write fits into the second behind it; 0 when it does."""
        free = self.limit - self.writing  # for those of the last second
        if len(self.written) < free:
            return 0.0
        if free <= 0:
            return CROWD_SECONDS
        return max(0.0, self.written[-free] + FULL_SECOND - self.clock())

    def slow_down(self) -> None:
        """The provider says it is too fast: half the rate, at most once a second, and a short silence."""
        now = self.clock()
        if now - self.slowed_at < 1:
            return
        self.slowed_at = now
        self.factor = max(SLOWEST, self.factor / 2)
        self.next_at = max(self.next_at, now + 1)

    def _interval(self) -> float:
        return 1 / (self.limit * KEPT * self.factor)

    def _recover(self, now: float) -> None:
        if self.factor < 1 and now - self.slowed_at > FASTER_AFTER_SECONDS:
            self.factor = min(1.0, self.factor * 1.5)
            self.slowed_at = now


def retry_delay(code: str, tries: int, retry_after: float | None) -> float:
    """Seconds until a message that was provably not taken may be tried again.

    The provider's own wish wins; a pair limit (131056) asks for 4^X seconds; else twice as long each time.
    """
    if code == "131056":
        return 4.0**tries
    seconds = retry_after or min(2.0**tries, 60)
    return seconds * random.uniform(1.0, 1.3)  # noqa: S311  only spreads the load
