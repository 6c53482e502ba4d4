"""No tab misses a change or hears of it twice, whatever happens to its socket; and nobody stays who should not."""

import asyncio
import threading
import time

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from inbox import realtime
from inbox.models import Change
from tests.factories import make_clinic, make_member
from tests.faults import checker
from tests.faults.altered import run_altered
from tests.faults.proxy import Proxy
from tests.faults.tabs import Tab, until_all_know

CUTS = 15, 200  # short, long
PATIENCE = 90  # seconds until the last change must be known everywhere

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return make_clinic()


def signed_in(clinic) -> tuple[Client, str]:
    """A member's browser, and the cookie of its session."""
    with clinic_scope(clinic.pk):
        member = make_member()
    browser = Client()
    browser.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return browser, f"{name}={browser.cookies[name].value}"


class Writer(threading.Thread):
    """Commits changes without pause while the block runs, each with a topic of its own; some are rolled back."""

    def __init__(self, clinic, chance, name: str, pause: float = 0.02):
        super().__init__(daemon=True, name=name)
        self.clinic, self.chance, self.pause = clinic, chance, pause
        self.stopping = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stopping.set()
        self.join()

    def run(self):
        number = 0
        while not self.stopping.wait(self.chance.uniform(0, 2 * self.pause)):
            number += 1
            with clinic_scope(self.clinic.pk), transaction.atomic():
                realtime.publish(f"{self.name}-{number}")
                if self.chance.random() < 0.1:
                    transaction.set_rollback(True)
        connection.close()


def changes_of(clinic) -> dict[int, list[str]]:
    with clinic_scope(clinic.pk):
        found = dict(Change.objects.order_by("seq").values_list("seq", "topics"))
    connection.close()  # this may be a thread of its own
    return found


async def write(clinic, *changes: str | list[str]) -> int:
    """Commit changes one by one, in a thread of its own; returns the last one's number."""

    def publish():
        for topics in changes:
            with clinic_scope(clinic.pk):
                number = realtime.publish(*([topics] if isinstance(topics, str) else topics))
        connection.close()
        return number

    return await asyncio.to_thread(publish)


async def harm_sockets(supervisor, wire: Proxy, tabs: list[Tab], chance, cuts: int) -> list[str]:
    """Cut sockets at random moments and inside frames, let one hang, and kill `live`; returns what was done."""

    async def cut():
        wire.cut()

    async def cut_inside():
        wire.cut_after(chance.randint(1, 400))

    async def hang():
        wire.hang()
        await asyncio.sleep(chance.uniform(0.5, 2))
        wire.heal()

    async def kill():
        await asyncio.to_thread(supervisor.kill, "live")
        await asyncio.to_thread(supervisor.start, "live")

    kinds = [cut, cut_inside] * 12 + [hang, kill]
    done = []
    for number in range(cuts):
        harm = kill if number == cuts // 2 else chance.choice(kinds)
        opened = [tab.opened for tab in tabs]
        await harm()
        done.append(harm.__name__)
        await asyncio.sleep(chance.uniform(0.02, 0.3))
        await until_reopened(tabs, opened)
    return done


async def until_reopened(tabs: list[Tab], opened: list[int]) -> None:
    """A cut of no socket would count for nothing: one tab at least is back."""
    deadline = time.monotonic() + 20
    while all(tab.opened <= before for tab, before in zip(tabs, opened, strict=True)):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0.02)


def run(supervisor, clinic, chance, cuts: int, patience: float = PATIENCE) -> dict[str, int]:
    """Four tabs of two members while their sockets are cut; returns what was wrong, summed up over the tabs."""
    supervisor.start("live")
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    cookies = [signed_in(clinic)[1] for _ in range(2)]

    async def torture(wire):
        through = f"http://127.0.0.1:{wire.port}"
        tabs = [Tab(supervisor.address, cookie, chance, through=through) for cookie in cookies * 2]
        living = [asyncio.create_task(tab.live()) for tab in tabs]
        with Writer(clinic, chance, "west"), Writer(clinic, chance, "east"):
            done = await harm_sockets(supervisor, wire, tabs, chance, cuts)
        wire.heal()
        last = await write(clinic, "last")
        await until_all_know(tabs, last, patience)
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
        return tabs, done

    with Proxy("127.0.0.1", supervisor.ports["live"]) as wire:
        tabs, done = asyncio.run(torture(wire))
    changes = changes_of(clinic)
    wrong = sum((tab.wrong(changes) for tab in tabs), start=type(tabs[0].wrong(changes))())
    counts = {name: wrong[name] for name in ("missed", "doubled", "invented", "backward")}
    told = {"cuts": len(done), "sockets": sum(tab.opened for tab in tabs), "resyncs": wrong["resyncs"]}
    checker.say("sockets", counts, changes=len(changes), **told)
    assert done.count("kill") > 0
    assert told["sockets"] >= len(done)
    return counts


def test_no_change_is_missed_or_doubled_over_cut_sockets_and_a_killed_server(
    supervisor, clinic, chance, is_long
):
    counts = run(supervisor, clinic, chance, CUTS[is_long])

    assert counts == dict.fromkeys(counts, 0)


@pytest.mark.parametrize(("defence", "fault"), [("no_catch_up", "missed"), ("no_numbers", "doubled")])
def test_the_run_fails_without_its_defence(long_run, supervisor, clinic, chance, monkeypatch, defence, fault):
    run_altered(supervisor, monkeypatch, defence)

    assert run(supervisor, clinic, chance, cuts=30, patience=10)[fault] > 0
