"""Nothing lost, nothing doubled on the way in, whatever dies meanwhile."""

import time
from collections import Counter

import pytest
import redis

from clinic_inbox.local.processes import WORKERS
from clinic_inbox.tenancy import clinic_scope
from integrations.models import WebhookEvent
from tests.factories import make_channel, make_clinic, make_conversation, make_message
from tests.faults import checker
from tests.faults.meta import Meta, key
from tests.faults.supervisor import Nemesis
from tests.inbox.payloads import status, text_message

PEOPLE = 40
STATES = ("sent", "delivered", "read")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel():
    with clinic_scope(make_clinic().pk):
        return make_channel()


def inbound(count: int) -> list[dict]:
    now = int(time.time())
    return [
        text_message(
            f"message {number}", f"1202555{number % PEOPLE:04}", f"wamid.fault{number}", at=now - number
        )
        for number in range(count)
    ]


def outbound(channel, count: int) -> list[str]:
    """Messages the provider accepted, whose statuses are to come."""
    with clinic_scope(channel.clinic_id):
        conversation = make_conversation(channel=channel)
        wamids = [f"wamid.sent{number}" for number in range(count)]
        for wamid in wamids:
            make_message(conversation, direction="out", external_id=wamid)
    return wamids


def wait_until_drained(seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while WebhookEvent.objects.filter(state="waiting").exists():
        assert time.monotonic() < deadline, WebhookEvent.objects.filter(state="waiting").values_list(
            "id", "error"
        )
        time.sleep(0.2)


def test_nothing_is_lost_or_doubled_while_web_and_worker_are_killed(
    supervisor, channel, chance, is_long, redis_url, superuser_connection
):
    count = 5000 if is_long else 500
    for name in ("live", *WORKERS, "beat"):
        supervisor.start(name)
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    messages, wamids = inbound(count), outbound(channel, 60)
    meta = Meta(channel, supervisor.address, chance)
    statuses = [status(wamid, state) for wamid in wamids for state in STATES]
    meta.plan(messages + statuses)

    def kill_live():
        supervisor.kill("live")
        supervisor.start("live")

    def kill_worker():
        for name in WORKERS:
            supervisor.kill(name)
        for name in WORKERS:
            supervisor.start(name)

    def flush_valkey():
        redis.Redis.from_url(redis_url).flushall()

    with Nemesis([kill_live, kill_worker, flush_valkey], chance, most=120 if is_long else 12) as nemesis:
        meta.deliver(seconds=600 if is_long else 240)
    kill_worker()
    wait_until_drained()

    wrong = checker.inbound(superuser_connection, meta.acknowledged, [message["id"] for message in messages])
    wrong["unsent"] = len({key(update) for update in messages + statuses} - set(meta.acknowledged))
    checker.say("inbound", wrong, messages=count, refused=meta.refusals, harm=Counter(nemesis.done))
    assert not any(wrong.values())
    assert {"kill_live", "kill_worker", "flush_valkey"} == set(nemesis.done)
