"""A new version is rolled out under load, process by process, old and new side by side: nobody outside notices."""

import asyncio
import threading
import time

import pytest
from django.db import connection

from tests.faults import checker, old_code, workload
from tests.faults.meta import Meta
from tests.faults.sessions import cookie_of
from tests.faults.supervisor import HOME
from tests.faults.tabs import Tab

GOING_AWAY = 1012
SETTLE = 0.7  # seconds from no longer sending to an address until its process is told to end

pytestmark = pytest.mark.django_db(transaction=True)


class Rollout:
    """Processes of one kind after the other: the new one starts, the balancer turns to it, the old one ends."""

    def __init__(self, supervisor, homes: list, is_abrupt: bool = False):
        """`is_abrupt`: the old `live` is killed before there is a new one."""
        self.supervisor, self.homes, self.is_abrupt = supervisor, homes, is_abrupt
        self.generation, self.codes = 0, []
        self.start("live")
        self.start("ingest")
        supervisor.start("beat")
        supervisor.wait_for(f"{self.address}/webhooks/")

    def name(self, kind: str, generation: int) -> str:
        return f"{kind}-{generation}"

    @property
    def address(self) -> str:
        return self.supervisor.address_of(self.name("live", self.generation))

    def start(self, kind: str) -> None:
        home = self.homes[self.generation % len(self.homes)]
        self.supervisor.start(self.name(kind, self.generation), home=home)

    def next(self, meta: Meta) -> None:
        """One generation on."""
        if self.is_abrupt:
            self.supervisor.kill(self.name("live", self.generation))
        self.generation += 1
        for kind in ("live", "ingest"):
            self.start(kind)
        self.supervisor.wait_for(f"{self.address}/webhooks/")
        meta.turn_to(self.address)
        time.sleep(SETTLE)
        for kind in ("ingest",) if self.is_abrupt else ("live", "ingest"):
            self.codes.append(self.supervisor.terminate(self.name(kind, self.generation - 1)))


async def roll(rollout: Rollout, meta: Meta, times: int, tab: Tab) -> None:
    """Restart everything so many times while messages come in and a tab listens; until all was posted."""
    listening = asyncio.create_task(tab.live())
    posting = threading.Thread(target=meta.deliver, args=(400,))
    posting.start()
    opened = 0
    for _ in range(times):
        async with asyncio.timeout(60):
            while tab.opened == opened:
                await asyncio.sleep(0.05)
        await asyncio.to_thread(rollout.next, meta)
        opened = tab.opened
        tab.url, tab.origin = rollout.address.replace("http", "ws", 1) + "/ws/", rollout.address
    await asyncio.to_thread(posting.join)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


def run(
    supervisor, chance, superuser, homes: list, times: int, count: int, is_abrupt=False
) -> tuple[dict, Meta, Tab]:
    channel = workload.a_channel()
    rollout = Rollout(supervisor, homes, is_abrupt)
    workload.wait_until_read(rollout.address, chance)
    meta = Meta(channel, rollout.address, chance)
    messages = workload.messages(count)
    meta.plan(messages + workload.statuses(channel, 10), most_copies=2)
    tab = Tab(rollout.address, cookie_of(channel.clinic_id), chance)

    asyncio.run(roll(rollout, meta, times, tab))
    connection.close()
    seconds = workload.wait_until_drained()

    wrong = checker.inbound(
        superuser, meta.acknowledged, [*(each["id"] for each in messages), workload.FIRST]
    )
    wrong["unsent"] = len({each["id"] for each in messages} - set(meta.acknowledged))
    told = {"restarts": times, "answers": meta.answers, "exits": rollout.codes, "closes": tab.codes}
    name = "rolling restart" + (", old code and new" if len(homes) > 1 else ", abrupt" if is_abrupt else "")
    checker.say(
        name, wrong, messages=count, drained=round(seconds, 1), slowest=round(meta.slowest, 1), **told
    )
    return wrong, meta, tab


def test_a_rolling_restart_under_load_is_not_noticed(supervisor, chance, is_long, superuser_connection):
    times, count = (20, 4000) if is_long else (1, 150)

    wrong, meta, tab = run(supervisor, chance, superuser_connection, [HOME], times, count)

    assert not any(wrong.values())
    assert set(meta.answers) == {200}
    # A tab may come back to the old one at its very end, and is cut off there.
    assert tab.codes.count(GOING_AWAY) >= 0.9 * times


@pytest.mark.faults
def test_an_abrupt_restart_is_noticed_and_still_loses_nothing(supervisor, chance, superuser_connection):
    wrong, meta, tab = run(supervisor, chance, superuser_connection, [HOME], 2, 400, is_abrupt=True)

    assert not any(wrong.values())
    assert meta.refusals > 0
    assert GOING_AWAY not in tab.codes


@pytest.mark.faults
def test_old_code_and_new_work_side_by_side_on_the_new_tables(
    supervisor, chance, superuser_connection, tmp_path
):
    try:
        old = old_code.unpack(tmp_path / "old")
    except LookupError as error:
        pytest.skip(f"the code before the last migration is not at hand: {error}")

    wrong, meta, _ = run(supervisor, chance, superuser_connection, [old, HOME], 6, 1500)

    assert not any(wrong.values())
    assert set(meta.answers) == {200}
