"""Nothing lost, nothing doubled on the way in, whatever dies meanwhile."""

from collections import Counter

import pytest
import redis

from tests.faults import checker, workload
from tests.faults.meta import Meta, key
from tests.faults.supervisor import Nemesis

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_lost_or_doubled_while_web_and_worker_are_killed(
    supervisor, chance, is_long, redis_url, superuser_connection
):
    channel = workload.a_channel()
    for name in ("live", "ingest", "beat"):
        supervisor.start(name)
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    messages = workload.messages(3000 if is_long else 250)
    statuses = workload.statuses(channel, 60)
    meta = Meta(channel, supervisor.address, chance)
    meta.plan(messages + statuses)

    def kill_live():
        supervisor.kill("live")
        supervisor.start("live")

    def kill_worker():
        supervisor.kill("ingest")
        supervisor.start("ingest")

    def flush_valkey():
        redis.Redis.from_url(redis_url).flushall()

    with Nemesis([kill_live, kill_worker, flush_valkey], chance, most=60 if is_long else 6) as nemesis:
        meta.deliver(seconds=600 if is_long else 240)
        nemesis.join(180)
    kill_worker()
    workload.wait_until_drained()

    wrong = checker.inbound(superuser_connection, meta.acknowledged, [message["id"] for message in messages])
    wrong["unsent"] = len({key(update) for update in messages + statuses} - set(meta.acknowledged))
    told = {"refused": meta.refusals, "harm": Counter(nemesis.done)}
    checker.say("inbound", wrong, messages=len(messages), **told)
    assert not any(wrong.values())
    assert {"kill_live", "kill_worker", "flush_valkey"} == set(nemesis.done)
