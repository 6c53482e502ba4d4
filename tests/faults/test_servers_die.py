"""Postgres crashes in a loop, Valkey is emptied, killed and frozen, while messages come in: nothing lost or doubled."""

import os
import signal
import time

import pytest
import redis

from tests.faults import checker, workload
from tests.faults.meta import Meta
from tests.faults.supervisor import Nemesis

RECOVERY_SECONDS = 60  # until all is well again after the last harm, by itself

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def restarted(own_supervisor):
    """The names of what ended by itself and was started again, which grows."""
    with own_supervisor.as_operated() as names:
        yield names


@pytest.fixture
def start(own_supervisor, restarted, servers, chance):
    """Starts what takes messages in, and plans them; returns their sender."""

    def start(count: int, names=("live", "ingest", "beat")) -> Meta:
        channel = workload.a_channel()
        for name in names:
            own_supervisor.start(name)
        own_supervisor.wait_for(f"{own_supervisor.address}/webhooks/")
        meta = Meta(channel, own_supervisor.address, chance)
        meta.planned = workload.messages(count)
        meta.plan(meta.planned + workload.statuses(channel, 20), most_copies=3)
        return meta

    return start


def counts(run: str, servers, meta: Meta, **told) -> dict[str, int]:
    with servers.superuser() as superuser:
        wrong = checker.inbound(superuser, meta.acknowledged, [message["id"] for message in meta.planned])
    wrong["unsent"] = len({message["id"] for message in meta.planned} - set(meta.acknowledged))
    checker.say(
        run, wrong, messages=len(meta.planned), answers=meta.answers, slowest=round(meta.slowest, 1), **told
    )
    return wrong


def test_a_postgres_that_crashes_in_a_loop_loses_and_doubles_nothing(
    start, restarted, servers, chance, is_long
):
    meta = start(4000 if is_long else 200)
    crashes = 20 if is_long else 2

    with Nemesis([servers.crash_postgres], chance, pause=(0.5, 2.5), most=crashes) as nemesis:
        meta.deliver(400)
        nemesis.join(300)
    seconds = workload.wait_until_drained(RECOVERY_SECONDS)

    wrong = counts(
        "Postgres crash loop", servers, meta, crashes=len(nemesis.done), recovery=round(seconds, 1)
    )
    assert not any(wrong.values())
    assert len(nemesis.done) == crashes
    assert restarted == []


def test_a_valkey_that_loses_all_dies_and_hangs_loses_and_doubles_nothing(
    start, restarted, servers, chance, is_long
):
    meta = start(4000 if is_long else 200)

    def flush():
        for _ in range(5 if is_long else 1):
            redis.Redis.from_url(servers.valkey.url()).flushall()
            time.sleep(3)

    def kill():
        servers.kill_valkey(away=60 if is_long else 1.5)

    def hang():
        servers.hang_valkey(20 if is_long else 2)

    with Nemesis([flush, kill, hang], chance, pause=(0.1, 0.5), most=3) as nemesis:
        meta.deliver(400)
        nemesis.join(240)
    seconds = workload.wait_until_drained(RECOVERY_SECONDS)

    wrong = counts(
        "Valkey flushed, killed, hung",
        servers,
        meta,
        harm=nemesis.done,
        recovery=round(seconds, 1),
        again=restarted,
    )
    assert not any(wrong.values())
    assert restarted in ([], ["ingest"])  # the worker, seldom
    assert meta.refusals == 0  # the door does not need Valkey
    assert set(nemesis.done) == {"flush", "kill", "hang"}


@pytest.mark.faults
def test_commits_that_do_not_wait_for_the_disk_are_seen_to_be_lost(start, servers, chance):
    with servers.superuser() as superuser:
        superuser.execute("ALTER SYSTEM SET synchronous_commit = off")
        superuser.execute("ALTER SYSTEM SET bgwriter_lru_maxpages = 0")
        superuser.execute("SELECT pg_reload_conf()")
    meta = start(400)
    with servers.superuser() as superuser:
        superuser.execute("CHECKPOINT")  # the clinic itself is to stay
        # Now nobody in the background brings to the disk what was acknowledged.
        writer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"
        os.kill(superuser.execute(writer).fetchone()[0], signal.SIGSTOP)

    def crash():
        while len(meta.acknowledged) < 200:
            time.sleep(0.05)
        servers.crash_postgres()

    with Nemesis([crash], chance, pause=(0, 0), most=1):
        meta.deliver(300)
    workload.wait_until_drained(RECOVERY_SECONDS)

    assert counts("teeth: commits do not wait for the disk", servers, meta)["lost"] > 0


@pytest.mark.faults
def test_without_the_sweeper_webhooks_are_seen_to_be_left_when_bells_are_lost(
    start, servers, own_supervisor, chance
):
    meta = start(60, names=("live", "ingest"))

    def kill():
        servers.kill_valkey(away=30)

    with Nemesis([kill], chance, pause=(0, 0), most=1) as nemesis:
        time.sleep(2)
        meta.deliver(25)
        nemesis.join(60)
    time.sleep(10)  # two rounds of the sweeper, had there been one
    left = counts("teeth: no sweeper", servers, meta)["stuck"]
    own_supervisor.start("beat")
    workload.wait_until_drained(RECOVERY_SECONDS)

    assert left > 0
