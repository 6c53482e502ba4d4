"""No message is sent twice and none stays unexplained, whatever the provider answers and whoever dies."""

import time
from collections import Counter

import httpx2
import pytest

from clinic_inbox.local.processes import WORKERS
from clinic_inbox.tenancy import clinic_scope
from inbox.models import Attempt, Message
from inbox.operations.sending import Draft, send_message
from integrations.models import Channel
from tests.factories import make_channel, make_clinic, make_contact, make_conversation, make_identity
from tests.faults.supervisor import Nemesis

PEOPLE = 25
ENDED = {"sent", "delivered", "read", "failed", "uncertain"}
CHAOS = {
    "drop_response": 0.1,
    "http_5xx": 0.08,
    "rate_limit_429": 0.08,
    "error": {"code": 131026, "p": 0.05},
    "slow_ms": 40,
    "duplicate": 0.2,
    "reorder": 0.3,
    "missing_status": 0.3,
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(supervisor):
    """A number whose provider is the simulator."""
    with clinic_scope(make_clinic().pk):
        channel = make_channel(api_url=f"{supervisor.simulator}/graph")
    supervisor.environment["DELIVERY_LEASE_SECONDS"] = "4"
    for name in ("simulator", "live", *WORKERS, "beat"):
        supervisor.start(name)
    supervisor.wait_for(f"{supervisor.simulator}/simulator/api/health")
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    number = {
        "phone_number_id": channel.external_id,
        "display_phone_number": channel.address,
        "verified_name": "Test",
    }
    app = {
        "app_secret": "app-secret", "verify_token": "verify-token", "access_token": "access-token",
        "waba_id": channel.business_id, "numbers": [number],
        "callback_url": f"{supervisor.address}/webhooks/whatsapp/{channel.hook_id}/",
    }  # fmt: skip
    httpx2.post(f"{supervisor.simulator}/simulator/api/apps", json=app).raise_for_status()
    return channel


def queue_messages(channel: Channel, count: int) -> None:
    with clinic_scope(channel.clinic_id):
        conversations = [
            make_conversation(make_identity(make_contact(), wa_id=f"1202555{1000 + person}"), channel)
            for person in range(PEOPLE)
        ]
    for number in range(count):
        with clinic_scope(channel.clinic_id):
            draft = Draft(text=f"message {number}")
            send_message(conversations[number % PEOPLE], draft, client_id=f"fault-{number}")


def wait_until_all_ended(channel: Channel, seconds: float) -> Counter:
    deadline = time.monotonic() + seconds
    while True:
        with clinic_scope(channel.clinic_id):
            states = Counter(Message.objects.filter(direction="out").values_list("state", flat=True))
        if set(states) <= ENDED or time.monotonic() > deadline:
            return states
        time.sleep(0.5)


def accepted_per_message(supervisor, channel: Channel) -> Counter:
    """How often the provider took each message: by the attempt ids in its own log."""
    log = httpx2.get(f"{supervisor.simulator}/simulator/api/accepted", params={"limit": 10000}).json()[
        "accepted"
    ]
    with clinic_scope(channel.clinic_id):
        owner = {attempt.hex: message for attempt, message in Attempt.objects.values_list("pk", "message_id")}
    return Counter(owner[entry["attempt"].replace("-", "")] for entry in log)


def test_no_message_is_sent_twice_while_the_provider_fails_and_workers_die(
    supervisor, channel, chance, is_long
):
    count = 1000 if is_long else 200
    chaos = CHAOS | {"seed": chance.randrange(10**6)}
    httpx2.post(f"{supervisor.simulator}/simulator/api/chaos", json=chaos).raise_for_status()

    def kill_worker():
        for name in WORKERS:
            supervisor.kill(name)
        for name in WORKERS:
            supervisor.start(name)

    with Nemesis([kill_worker], chance, pause=(2.5, 4.5)) as nemesis:
        queue_messages(channel, count)
        time.sleep(40 if is_long else 10)
    states = wait_until_all_ended(channel, seconds=300 if is_long else 180)

    accepted = accepted_per_message(supervisor, channel)
    print(
        f"{count} messages ended {dict(states)}; worker killed {len(nemesis.done)} times; accepted {len(accepted)}"
    )
    assert sum(states.values()) == count
    assert set(states) <= ENDED
    assert max(accepted.values()) == 1
    with clinic_scope(channel.clinic_id):
        arrived = Message.objects.filter(state__in=["sent", "delivered", "read"]).values_list("pk", flat=True)
        assert set(arrived) <= set(accepted)
        assert not Message.objects.filter(state="failed", pk__in=list(accepted)).exists()
