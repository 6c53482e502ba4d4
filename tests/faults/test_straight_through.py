"""From the webhook to the agent's screen each step calls the next: nobody waits for the rounds of the sweepers."""

import asyncio
import time

import httpx2
import pytest
import redis

from tests.faults import workload
from tests.faults.altered import run_altered
from tests.faults.meta import Meta
from tests.faults.sessions import cookie_of
from tests.faults.tabs import Tab

ROUND = 5  # seconds between two rounds of the sweepers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker(redis_url):
    with redis.Redis.from_url(redis_url) as broker:
        yield broker


def start_without_rounds(supervisor, chance, broker: redis.Redis) -> None:
    """Everything runs and has read a first webhook; then nobody goes round any more."""
    for name in ("live", "ingest", "beat"):
        supervisor.start(name)
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    workload.wait_until_read(supervisor.address, chance)
    supervisor.kill("beat")
    wait_for_the_last_round(broker)


def wait_for_the_last_round(broker: redis.Redis) -> None:
    """Until the workers have nothing to do and nothing in hand: on a busy machine the last round may take a while."""
    deadline, quiet = time.monotonic() + 60, 0
    while quiet < 5:
        assert time.monotonic() < deadline, "the last round does not end"
        time.sleep(0.2)
        is_busy = broker.llen("ingest") or broker.hlen("unacked")
        quiet = 0 if is_busy else quiet + 1


async def hears(screen: Tab, seconds: float) -> bool:
    """Whether the screen is told of a change within that time."""
    deadline = time.monotonic() + seconds
    while not screen.told and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return bool(screen.told)


def write_to(supervisor, chance, *waits: float, after_the_first=lambda: None) -> list[bool]:
    """A patient writes to a clinic whose screen is open: whether it heard within each of these seconds."""
    channel = workload.a_channel()
    screen = Tab(supervisor.address, cookie_of(channel.clinic_id), chance)
    meta = Meta(channel, supervisor.address, chance)
    return asyncio.run(_write_to(screen, meta, waits, after_the_first))


async def _write_to(screen: Tab, meta: Meta, waits: tuple[float, ...], after_the_first) -> list[bool]:
    watching = asyncio.create_task(screen.live())
    while not screen.opened:
        await asyncio.sleep(0.05)
    with httpx2.Client(timeout=15) as client:
        assert await asyncio.to_thread(meta.post, workload.messages(1), client)
    heard = [await hears(screen, waits[0])]
    after_the_first()
    heard += [await hears(screen, seconds) for seconds in waits[1:]]
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return heard


def test_a_message_reaches_the_screen_though_nobody_goes_round(supervisor, chance, broker):
    start_without_rounds(supervisor, chance, broker)

    assert write_to(supervisor, chance, 30) == [True]


@pytest.mark.faults
def test_without_its_bell_it_waits_for_the_next_round(supervisor, chance, monkeypatch, broker):
    run_altered(supervisor, monkeypatch, "no_bell")
    start_without_rounds(supervisor, chance, broker)

    heard = write_to(supervisor, chance, ROUND + 1, 60, after_the_first=lambda: supervisor.start("beat"))

    assert heard == [False, True]
