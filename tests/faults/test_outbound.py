"""No message is sent twice and none stays unexplained, whatever the provider answers and whoever dies or freezes."""

import time
from collections import Counter
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from clinic_inbox.local.servers import free_port
from tests.faults import checker
from tests.faults.altered import run_altered
from tests.faults.outbound import Number, wait_until_ended
from tests.faults.proxy import Proxy
from tests.faults.supervisor import Nemesis

LEASE = 4  # seconds
# What may be taken or not, in every way; what is refused; statuses twice, late, out of order, and failed after sent.
UNCLEAR = dict.fromkeys(
    ("reset_before", "hang_before", "bare_500_before", "reset_after", "hang_after", "bare_500_after", "drip",
     "half_json", "page", "busy"), 0.025,
)  # fmt: skip
REFUSED = {"rate_limit": 0.03, "pair_limit": 0.02, "too_many": 0.03, "undeliverable": 0.04}
STATUSES = {"duplicate": 0.2, "duplicate_status": 0.1, "reorder": 0.3, "late_status": 0.1}
CHAOS = STATUSES | {
    "faults": UNCLEAR | REFUSED,
    "missing_status": 0.3,
    "fail_status": {"code": 131049, "p": 0.04, "after_sent": True},
    "slow_ms": 30,
}
# Of what it took the provider always tells, so what it does not tell of was not taken.
HONEST = STATUSES | {"faults": UNCLEAR, "slow_ms": 30}
NOTHING_WRONG = {
    "sent twice": 0, "told sent, never taken": 0, "told failed, yet taken": 0, "given up": 0, "unsettled": 0,
    "out of order": 0, "in doubt, not shown": 0,
}  # fmt: skip

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def on_the_way(supervisor, *more: str, armed: str = "", lease: int = LEASE):
    """Everything that sending needs, `more` beside it, and the wire to the provider, to be harmed."""
    supervisor.environment["DELIVERY_LEASE_SECONDS"] = str(lease)
    for name in ("simulator", "live", "ingest", "errands", "beat", *more):
        supervisor.start(name)
    supervisor.environment["FAILPOINTS"] = armed
    supervisor.start("delivery")
    supervisor.environment["FAILPOINTS"] = ""  # who is started later is unarmed
    supervisor.wait_for(f"{supervisor.simulator}/simulator/api/health")
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    provider = urlsplit(supervisor.simulator)
    with Proxy(provider.hostname, provider.port) as wire:
        yield wire


def harms_to(supervisor, wire: Proxy) -> list:
    """Each worker killed or frozen past its lease, the provider away, and its connections cut."""

    def kill_worker():
        supervisor.kill("delivery")
        supervisor.start("delivery")

    def freeze_worker():
        supervisor.freeze("delivery-2")
        time.sleep(LEASE * 1.5)
        supervisor.wake("delivery-2")

    def lose_provider():
        wire.refuse()
        time.sleep(2)
        wire.heal()

    return [kill_worker, freeze_worker, lose_provider, wire.cut]


def run(supervisor, chance, count: int, harms: int) -> dict[str, int]:
    """Texts and reminders of two numbers while everything goes wrong; returns what was wrong in the end."""
    with on_the_way(supervisor, "delivery-2") as wire:
        texts = Number(supervisor, wire, people=count // 8)
        reminders = Number(supervisor, wire, people=count // 10)
        reminders.approve_template()
        texts.chaos(**CHAOS, seed=chance.randrange(10**6))
        reminders.chaos(**HONEST)
        with Nemesis(harms_to(supervisor, wire), chance, pause=(1, 2.5), most=harms) as nemesis:
            texts.queue(count // 2, "early")
            reminders.queue(count // 10, "reminder", reminders=True)
            texts.queue(count // 2, "later")
            nemesis.join(240)
            assert len(nemesis.done) == harms
        seconds = wait_until_ended([texts, reminders], 240)
        # Some of the doubts are settled by late statuses, and reminders in doubt are tried once more.
        time.sleep(15)
        seconds += wait_until_ended([texts, reminders], 60)
        wrong = Counter(texts.wrong()) + Counter(reminders.wrong())
        states = {name: dict(each.states()) for name, each in (("texts", texts), ("reminders", reminders))}
    counts = {name: wrong[name] for name in NOTHING_WRONG}
    checker.say("outbound", counts, harm=dict(Counter(nemesis.done)), seconds=round(seconds), **states)
    return counts


def test_nothing_is_sent_twice_and_all_is_settled_while_provider_and_workers_fail(
    supervisor, chance, is_long, monkeypatch
):
    run_altered(supervisor, monkeypatch, "short_quiet")

    counts = run(supervisor, chance, *((1000, 16) if is_long else (80, 4)))

    assert counts == NOTHING_WRONG


def test_the_run_fails_when_what_is_in_doubt_is_sent_again(long_run, supervisor, chance, monkeypatch):
    run_altered(supervisor, monkeypatch, "short_quiet", "resends_in_doubt")

    assert run(supervisor, chance, 160, 4)["sent twice"] > 0


def freeze_before_writing(supervisor) -> dict[str, int]:
    """Six reminders, of which a worker is about to write the third when it freezes, until others have sent it."""
    with on_the_way(supervisor, armed="write=stop@3") as wire:
        number = Number(supervisor, wire, people=40)
        number.approve_template()
        number.queue(6, "first", reminders=True)
        supervisor.wait_for_frozen_child("delivery")
        # All of it, before the lease ends: another child would take over, and be frozen anywhere.
        supervisor.freeze("delivery")
        supervisor.start("delivery-2")
        first, later = number.ids("first"), 0
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and not first <= set(number.accepted()):
            number.queue(1, f"later-{later}", reminders=True)  # statuses flow: so silence means no
            later += 1
            time.sleep(1)
        assert first <= set(number.accepted())
        supervisor.wake("delivery")
        time.sleep(10)
        wait_until_ended([number], 60)
        counts = number.wrong()
        checker.say("frozen worker", counts, states=number.states())
    return counts


def test_a_worker_frozen_past_its_lease_sends_nothing_when_it_wakes(long_run, supervisor, monkeypatch):
    run_altered(supervisor, monkeypatch, "short_quiet")

    assert freeze_before_writing(supervisor) == NOTHING_WRONG


def test_without_a_look_at_the_lease_the_frozen_worker_sends_twice(long_run, supervisor, monkeypatch):
    run_altered(supervisor, monkeypatch, "short_quiet", "no_lease_check")

    assert freeze_before_writing(supervisor)["sent twice"] > 0


def test_what_waited_while_the_provider_was_away_is_sent_once_and_in_order(long_run, supervisor):
    with on_the_way(supervisor) as wire:
        number = Number(supervisor, wire, people=40)
        number.lead_to(f"http://127.0.0.1:{free_port()}")  # where nobody listens
        number.queue(300)
        time.sleep(60)
        assert number.accepted() == []
        number.lead_to(wire.url(f"{supervisor.simulator}/graph"))

        seconds = wait_until_ended([number], 180)

        checker.say("provider away", number.wrong(), seconds=round(seconds), states=number.states())
        assert number.wrong() == NOTHING_WRONG
        assert len(number.accepted()) == 300


def test_one_number_in_trouble_holds_up_no_other(long_run, supervisor):
    with on_the_way(supervisor, lease=60) as wire:
        hung, revoked, sound = (Number(supervisor, wire, people=20) for _ in range(3))
        hung.chaos(faults={"hang_before": 1})
        revoked.chaos(faults={"token": 1})
        for number in (hung, revoked):
            number.queue(20)
        time.sleep(3)
        waited = []
        for at in range(20):
            started = time.monotonic()
            sound.queue(1, f"sound-{at}")
            wait_until_ended([sound], 30)
            waited.append(time.monotonic() - started)
        checker.say("one number in trouble", sound.wrong(), p95=round(sorted(waited)[18], 2))
        assert sorted(waited)[18] < 5

        assert revoked.states() == {"queued": 20}
        revoked.chaos()
        revoked.reconnect()
        wait_until_ended([revoked], 60)
        assert revoked.wrong() == NOTHING_WRONG
        assert len(revoked.accepted()) == 20
