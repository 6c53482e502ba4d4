"""After an outage Meta sends everything at once: it is read soon, and who writes now does not wait behind it."""

import asyncio
import threading
import time

import httpx2
import pytest
from django.db import connection

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Message
from tests.faults import checker, workload
from tests.faults.altered import run_altered
from tests.faults.meta import MOST_IN_A_POST, Meta
from tests.faults.sessions import cookie_of
from tests.faults.tabs import Tab
from tests.inbox.payloads import text_message

DRAINED_WITHIN, SHOWN_WITHIN = 120, 10  # seconds, promise R4
OUTAGE = 6 * 3600  # seconds that what is replayed is old

pytestmark = pytest.mark.django_db(transaction=True)


class Screen(Tab):
    """A tab that knows when it first heard of each topic."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.heard_at: dict[str, float] = {}

    def _hear(self, hint: dict) -> None:
        super()._hear(hint)
        for topic in hint.get("topics", ()):
            self.heard_at.setdefault(topic, time.monotonic())


class Flood:
    """`count` updates replayed at once, while a patient nobody knows yet writes every `pause` seconds."""

    def __init__(self, supervisor, chance, count: int, pause: float):
        self.channel = workload.a_channel()
        self.chance, self.pause = chance, pause
        self.screen = Screen(supervisor.address, cookie_of(self.channel.clinic_id), chance)
        self.replayed = workload.messages(count, age=OUTAGE)
        self.meta = Meta(self.channel, supervisor.address, chance, breath=(0, 0))
        size = min(MOST_IN_A_POST, count // 4)
        for start in range(0, count, size):
            self.meta.posts.put((self.replayed[start : start + size], 0))
        self.written_at: dict[str, float] = {}
        self.is_over = threading.Event()

    def write_now(self) -> None:
        with httpx2.Client(timeout=15) as client:
            number = 0
            while not self.is_over.wait(self.pause):
                number += 1
                message = text_message("I write now", f"1303555{number:04}", f"wamid.now{number}")
                self.written_at[message["id"]] = time.monotonic()
                assert self.meta.post([message], client)

    async def run(self) -> float:
        """Returns the seconds until everything replayed was read."""
        watching = asyncio.create_task(self.screen.live())
        seconds = await asyncio.to_thread(self._deliver)
        await asyncio.sleep(2)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        return seconds

    def _deliver(self) -> float:
        started = time.monotonic()
        writer = threading.Thread(target=self.write_now)
        writer.start()
        try:
            self.meta.deliver(DRAINED_WITHIN)
            self.posted = time.monotonic() - started
            wait_until_stored(self.channel.clinic_id, len(self.replayed), DRAINED_WITHIN)
            return time.monotonic() - started
        finally:
            self.is_over.set()
            writer.join()
            workload.wait_until_drained()
            connection.close()  # this is a thread of its own

    def slowest_on_screen(self) -> float:
        """The longest that a new message took until the agent's screen knew of it."""
        with clinic_scope(self.channel.clinic_id):
            found = Message.objects.filter(external_id__in=self.written_at)
            topics = {
                key: f"conversation-{pk}" for key, pk in found.values_list("external_id", "conversation_id")
            }
        return max(self.screen.heard_at[topics[key]] - at for key, at in self.written_at.items())


def wait_until_stored(clinic_id, count: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with clinic_scope(clinic_id):
            if Message.objects.filter(external_id__startswith="wamid.fault").count() >= count:
                return
        assert time.monotonic() < deadline
        time.sleep(0.2)


def flood(supervisor, chance, is_long, superuser, run: str) -> tuple[dict, float, float]:
    for name in ("live", "ingest", "beat"):
        supervisor.start(name)
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    workload.wait_until_read(supervisor.address, chance)  # the worker is up
    flood = Flood(supervisor, chance, 20_000 if is_long else 1000, pause=0.3 if is_long else 0.1)
    drained = asyncio.run(flood.run())
    shown = flood.slowest_on_screen()
    sent = [message["id"] for message in flood.replayed] + [*flood.written_at, workload.FIRST]
    wrong = checker.inbound(superuser, flood.meta.acknowledged, sent)
    told = {"replayed": len(flood.replayed), "live": len(flood.written_at), "posted": round(flood.posted, 1)}
    checker.say(run, wrong, drained=round(drained, 1), slowest_on_screen=round(shown, 2), **told)
    return wrong, drained, shown


def test_what_was_missed_is_read_within_minutes_while_a_new_message_shows_within_seconds(
    supervisor, chance, is_long, superuser_connection
):
    wrong, drained, shown = flood(supervisor, chance, is_long, superuser_connection, "flood after an outage")

    assert not any(wrong.values())
    assert drained <= DRAINED_WITHIN
    assert shown <= SHOWN_WITHIN


@pytest.mark.faults
def test_read_one_after_the_other_a_new_message_is_seen_to_wait(
    supervisor, chance, superuser_connection, monkeypatch
):
    run_altered(supervisor, monkeypatch, "no_newest_first")

    _, drained, shown = flood(supervisor, chance, True, superuser_connection, "teeth: flood, no newest first")

    assert shown > drained / 2
