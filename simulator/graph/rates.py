"""Meta's speed limits: per business number, and per pair of number and recipient."""

import time
from collections import deque

from simulator.graph.errors import GraphError
from simulator.world import Number, World

PAIR_EVERY_S = 6
PAIR_BURST = 45


def check_rates(world: World, number: Number, recipient: str) -> None:
    """Count this send. Raises 130429 or 131056 when it is one too many."""
    if world.options.throughput:
        check_throughput(world, number, world.options.throughput)
    if world.options.pair_rate:
        check_pair(world, (number.phone_number_id, recipient))


def check_throughput(world: World, number: Number, per_second: int) -> None:
    sends, now = world.sends.setdefault(number.phone_number_id, deque()), time.monotonic()
    while sends and sends[0] <= now - 1:
        sends.popleft()
    if len(sends) >= per_second:
        raise GraphError(130429)
    sends.append(now)


def check_pair(world: World, pair: tuple[str, str]) -> None:
    """A bucket of 45 that refills by one every 6 seconds."""
    now = time.monotonic()
    left, since = world.pairs.get(pair, (PAIR_BURST, now))
    left = min(PAIR_BURST, left + (now - since) / PAIR_EVERY_S)
    if left < 1:
        raise GraphError(131056)
    world.pairs[pair] = (left - 1, now)
