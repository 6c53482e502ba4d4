"""Everything goes wrong at once: answers get lost, the provider refuses and breaks, workers die where they stand."""

import random

import pytest

from clinic_inbox import failpoints
from clinic_inbox.tenancy import clinic_scope
from inbox.models import Message
from tests.inbox.outbound import to
from tests.inbox.test_delivery_doubt import STEPS

MISHAPS = [
    "reset_before",
    "reset_after",
    "bare_500",
    (400, 130429),
    (400, 131056),
    (400, 131026),
    (500, 131000),
]
SETTLED = {"delivered", "failed", "uncertain"}


def test_no_patient_gets_a_message_twice_and_none_is_forgotten(outbound, request):
    is_long = request.config.getoption("--faults")
    seed = request.config.getoption("--seed") or random.randrange(10**6)
    print(f"--seed {seed}")
    chance = random.Random(seed)
    messages = [outbound.queue(f"{number}") for number in range(200 if is_long else 40)]
    for message in messages:
        if chance.random() < 0.4:
            outbound.provider.behave(to(message), chance.choice(MISHAPS))

    for _ in range(20 if is_long else 3):
        worker = outbound.start_worker(f"{chance.choice(STEPS)}=exit@{chance.randint(1, 6)}")
        assert worker.wait() in (0, failpoints.KILLED)
        outbound.let_leases_end()
        outbound.tell_statuses()
        outbound.make_due()
    _finish(outbound)

    texts = outbound.provider.texts()
    assert len(texts) == len(set(texts))
    assert {outbound.read(message).state for message in messages} <= SETTLED
    for message in messages:
        assert (outbound.read(message).state == "delivered") == (message.text in texts)


def _finish(outbound) -> None:
    """The faults are over: what waits goes out, and the provider tells what became of it."""
    for _ in range(12):
        outbound.deliver()
        outbound.make_due()
        with clinic_scope(outbound.clinic_id):
            if not Message.objects.filter(state__in=["queued", "claimed"]).exists():
                break
    outbound.tell_statuses()


@pytest.mark.parametrize("seed", [1, 2])
def test_reminders_in_doubt_all_arrive_once(outbound, seed):
    chance = random.Random(seed)
    reminders = [outbound.queue_reminder() for _ in range(12)]
    for reminder in reminders:
        outbound.provider.behave(
            to(reminder), chance.choice(["accept", "reset_before", "reset_after", "bare_500"])
        )

    outbound.deliver()
    outbound.tell_statuses()
    outbound.let_doubts_ripen()
    _finish(outbound)

    recipients = [body["to"] for body in outbound.provider.accepted]
    assert sorted(recipients) == sorted(f"+{to(reminder)}" for reminder in reminders)
