"""The way to Postgres is cut, slow, silent, or breaks between a COMMIT and its reply."""

import os
import time
from urllib.parse import urlsplit

import pytest

from tests.faults import checker, forks, workload
from tests.faults.meta import Meta
from tests.faults.proxy import Proxy
from tests.faults.supervisor import Nemesis

HARMS = ["cut", "hang", "cut_before_commit_replies"]
HARMS += [pytest.param(harm, marks=pytest.mark.faults) for harm in ("refuse", "half_open", "delay")]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def proxy():
    parts = urlsplit(os.environ["DATABASE_URL"])
    with Proxy(parts.hostname, parts.port) as proxy:
        yield proxy


class Way:
    """Messages that come in through a proxy to Postgres, which is harmed meanwhile."""

    def __init__(self, proxy: Proxy, chance, harm: str, is_long: bool):
        self.proxy, self.chance, self.harm = proxy, chance, harm
        self.url = proxy.url(os.environ["DATABASE_URL"])
        self.seconds = 3 if is_long else 1.5
        if is_long and harm == "hang":
            self.seconds = 12  # longer than the door waits for a commit
        self.times = 4 if is_long else 2
        self.channel = workload.a_channel()
        self.messages = workload.messages(400 if is_long else 60)

    def break_it(self) -> None:
        if self.harm in ("cut", "cut_before_commit_replies"):
            getattr(self.proxy, self.harm)()
            return
        getattr(self.proxy, self.harm)(*([0.3] if self.harm == "delay" else []))
        time.sleep(self.seconds)
        self.proxy.heal()

    def run(self, superuser, is_hasty: bool = False) -> dict[str, int]:
        """Deliver, then let a worker read, both while the way breaks; returns the counts."""
        with forks.living(is_hasty, self.url) as live:
            meta = Meta(self.channel, live.address, self.chance, breath=(0.05, 0.3))
            meta.plan(self.messages, most_copies=2, most_in_a_post=6)
            with Nemesis([self.break_it], self.chance, pause=(0.05, 0.3), most=self.times) as outside:
                meta.deliver(240)
            with Nemesis([self.break_it], self.chance, pause=(0.01, 0.1), most=1) as inside:
                forks.run("drain", "", self.url)
        self.proxy.heal()
        assert forks.run("drain", "") == 0
        wrong = checker.inbound(superuser, meta.acknowledged, [message["id"] for message in self.messages])
        wrong["unsent"] = len(self.messages) - len(meta.acknowledged)
        harm = len(outside.done) + len(inside.done)
        checker.say(
            f"way to Postgres: {self.harm}", wrong, harm=harm, cuts=self.proxy.cuts, answers=meta.answers
        )
        assert harm
        return wrong


@pytest.mark.parametrize("harm", HARMS)
def test_a_broken_way_to_postgres_loses_and_doubles_nothing(
    proxy, chance, harm, is_long, superuser_connection
):
    wrong = Way(proxy, chance, harm, is_long).run(superuser_connection)

    assert not any(wrong.values())


def test_without_the_unique_index_a_lost_reply_is_seen_to_double(proxy, chance, superuser_connection):
    with workload.without_unique_messages(superuser_connection):
        wrong = Way(proxy, chance, "cut_before_commit_replies", False).run(superuser_connection)

    assert wrong["doubled"] > 0


@pytest.mark.faults
def test_the_door_takes_webhooks_again_soon_after_a_long_absence_of_postgres(proxy, chance):
    channel = workload.a_channel()
    with forks.living(database=proxy.url(os.environ["DATABASE_URL"])) as live:
        meta = Meta(channel, live.address, chance)
        assert meta.post(workload.messages(1))
        proxy.refuse()
        until = time.monotonic() + 40
        while time.monotonic() < until:
            assert not meta.post(workload.messages(1))
            time.sleep(0.5)
        proxy.heal()
        healed = time.monotonic()
        while not meta.post(workload.messages(1)):
            assert time.monotonic() - healed < 20

    checker.say("Postgres away for 40 s", {}, taken_again_after=round(time.monotonic() - healed, 1))
