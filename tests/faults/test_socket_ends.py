"""Who is no longer welcome is out within seconds; old sockets, slow readers and a lost Valkey cost no change."""

import asyncio
import time
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from django.db import connection

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Member
from inbox import consumers
from tests.factories import make_clinic
from tests.faults.altered import run_altered
from tests.faults.proxy import Proxy
from tests.faults.tabs import Tab, until_all_know
from tests.faults.test_sockets import changes_of, signed_in, write

WITHIN = 5  # seconds after which nobody unwelcome hears anything
PASSWORD, NEW_PASSWORD = "correct horse battery", "staple horse battery correct"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic(transactional_db):
    return make_clinic()


@asynccontextmanager
async def living(*tabs: Tab):
    """The tabs, connected and told where they are, while the block runs."""
    tasks = [asyncio.create_task(tab.live()) for tab in tabs]
    async with asyncio.timeout(30):
        while not all(tab.opened for tab in tabs):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def start(supervisor) -> str:
    supervisor.start("live")
    supervisor.wait_for(f"{supervisor.address}/webhooks/")
    return supervisor.address


def tab_of(supervisor, clinic, chance) -> Tab:
    return Tab(supervisor.address, signed_in(clinic)[1], chance)


def sign_out(clinic, browser):
    browser.logout()


def end_membership(clinic, browser):
    with clinic_scope(clinic.pk):
        Member.objects.filter(user_id=browser.session["_auth_user_id"]).update(is_active=False)


def change_password_elsewhere(clinic, browser):
    with clinic_scope(clinic.pk):
        person = Member.objects.get(user_id=browser.session["_auth_user_id"]).user
    elsewhere = type(browser)()
    elsewhere.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    words = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert elsewhere.post("/accounts/password/change/", words).status_code == 302


REVOCATIONS = (sign_out, end_membership, change_password_elsewhere)


def seconds_until_closed(supervisor, clinic, chance) -> dict[str, float]:
    """How long each way of ending a session leaves its socket open; infinite for ten seconds and more.

    And for one that the tab gave up itself because it heard nothing: it is sent away when it comes back.
    """
    browsers = [signed_in(clinic) for _ in (*REVOCATIONS, "stays")]

    def revoke(way, browser):
        way(clinic, browser)
        connection.close()

    async def measure():
        tabs = [Tab(supervisor.address, cookie, chance) for _, cookie in browsers]
        async with living(*tabs):
            ended = {}
            for way, (browser, _) in zip(REVOCATIONS, browsers, strict=False):
                await asyncio.to_thread(revoke, way, browser)
                ended[way.__name__] = time.monotonic()
            closed = {}
            while len(closed) < len(ended) and time.monotonic() < max(ended.values()) + 10:
                for name, tab in zip(ended, tabs, strict=False):
                    if tab.codes[:1] == [consumers.SIGNED_OUT] and name not in closed:
                        closed[name] = time.monotonic() - ended[name]
                await asyncio.sleep(0.02)
            assert consumers.SIGNED_OUT not in tabs[-1].codes
        return {name: round(closed.get(name, float("inf")), 1) for name in ended}

    return asyncio.run(measure())


def test_the_socket_of_an_ended_session_is_closed_within_seconds(supervisor, clinic, chance):
    start(supervisor)

    seconds = seconds_until_closed(supervisor, clinic, chance)

    print(f"seconds until closed: {seconds}")
    assert max(seconds.values()) <= WITHIN


def test_without_the_watcher_the_sockets_stay_open(long_run, supervisor, clinic, chance, monkeypatch):
    run_altered(supervisor, monkeypatch, "no_watcher")
    start(supervisor)

    assert min(seconds_until_closed(supervisor, clinic, chance).values()) > WITHIN


def test_old_sockets_are_told_to_come_back_and_miss_nothing_unless_it_is_too_much(
    supervisor, clinic, chance, monkeypatch
):
    run_altered(supervisor, monkeypatch, "young_sockets", "short_memory")
    start(supervisor)
    tab, late = tab_of(supervisor, clinic, chance), tab_of(supervisor, clinic, chance)

    async def grow_old():
        async with living(tab):
            until, number = time.monotonic() + 30, 0
            while len(tab.codes) < 2 and time.monotonic() < until:
                number += 1
                last = await write(clinic, f"change-{number}")
                await asyncio.sleep(0.1)
            await until_all_know([tab], last, 30)
        changes = await asyncio.to_thread(changes_of, clinic)
        last = await write(clinic, *(f"missed-{number}" for number in range(101)))
        async with living(late):
            await until_all_know([late], last, 30)
        return changes

    changes = asyncio.run(grow_old())
    assert tab.codes[:2] == [consumers.COME_BACK] * 2
    assert not any(tab.wrong(changes).values())
    assert (len(late.resyncs) >= 1, late.told) == (True, [])


def test_a_reader_who_sleeps_through_a_thousand_events_hears_each_once_and_slows_nobody(
    supervisor, clinic, chance
):
    start(supervisor)
    sleeper, awake = tab_of(supervisor, clinic, chance), tab_of(supervisor, clinic, chance)
    # More than the kernel and the hub keep for one who does not read.
    events = [[f"{number}-{part}-{'x' * 40}" for part in range(120)] for number in range(1000)]

    async def flood():
        async with living(sleeper, awake):
            sleeper.reads.clear()
            last = await write(clinic, *events)
            await until_all_know([awake], last, 30)
            heard = awake.at
            sleeper.reads.set()
            await until_all_know([sleeper], last, 60)
            return heard, last

    heard, last = asyncio.run(flood())
    changes = changes_of(clinic)
    print(f"the sleeper was told 1,000 events in {len(sleeper.told)} hints, the other in {len(awake.told)}")
    assert heard == last
    assert not any(sleeper.wrong(changes).values())
    assert not any(awake.wrong(changes).values())
    assert len(sleeper.told) < 1000


def test_changes_are_told_while_valkey_refuses_and_while_it_hangs(supervisor, clinic, chance):
    valkey = urlsplit(supervisor.environment["REDIS_URL"])
    with Proxy(valkey.hostname, valkey.port) as wire:
        supervisor.environment["REDIS_URL"] = wire.url(supervisor.environment["REDIS_URL"])
        start(supervisor)
        tab = tab_of(supervisor, clinic, chance)

        async def lose_valkey(harm):
            async with living(tab):
                await until_all_know([tab], await write(clinic, f"before {harm}"), 10)
                getattr(wire, harm)()
                began = time.monotonic()
                await until_all_know([tab], await write(clinic, f"while {harm}"), 60)
                waited[harm] = round(time.monotonic() - began, 1)
                wire.heal()
                await until_all_know([tab], await write(clinic, f"after {harm}"), 60)

        waited = {}
        for harm in ("refuse", "hang"):
            asyncio.run(lose_valkey(harm))

    print(f"seconds until told while Valkey was away: {waited}")
    assert not any(tab.wrong(changes_of(clinic)).values())
    assert max(waited.values()) <= 25
