"""In which order tests are run: random, but what shares a running thing together, and what takes long first."""

import os
from itertools import groupby

import pytest

from tests.keeping import KEEPS_NOTHING, place

FIRST_TEST = "test_the_tests_run_as_a_role_that_can_bypass_nothing"
# Mostly of real processes, for which one waits: begun late, they would keep one worker busy when the others are done.
LONG = tuple(f"tests/{name}/" for name in ("faults", "local", "bench", "isolation", "live", "simulator"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.sort(key=place)
    items[:] = dealt(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    items.sort(key=lambda item: item.name != FIRST_TEST)


def dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same items, so that each of the equal stretches that workers begin with begins with long ones.

    The first stretch has all tests that keep something running, which would else be started by several workers.
    """
    shares, short, others = [[] for _ in range(workers)], [], max(1, workers - 1)
    for number, (path, several) in enumerate(groupby(items, lambda item: item.nodeid.partition("::")[0])):
        for item in several:
            if place(item) != KEEPS_NOTHING:
                shares[0].append(item)
            elif path.startswith(LONG):
                shares[(1 + number % others) % workers].append(item)
            else:
                short.append(item)
    ordered, left = [], len(items)
    for number, share in enumerate(shares):
        size = max(len(share), left // (workers - number))
        more = size - len(share)
        ordered += share + short[:more]
        left, short = left - size, short[more:]
    return ordered + short
