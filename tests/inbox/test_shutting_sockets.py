"""The watcher of sessions goes on, whatever one socket does."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from django.test import Client

from clinics.middleware import CLINIC, ENDS_AT, LAST_SEEN
from clinics.sessions import SessionStore
from inbox import consumers, welcome
from tests.factories import make_member


def unwelcome(close) -> SimpleNamespace:
    return SimpleNamespace(
        session_key="ended", member=SimpleNamespace(pk=1, clinic_id=1), is_strong=False, close=close
    )


async def test_a_socket_that_breaks_or_hangs_keeps_no_other_open(transactional_db, monkeypatch):
    closed = asyncio.Event()

    async def breaks(code):
        raise RuntimeError("it has gone")

    async def hangs(code):
        await asyncio.sleep(60)

    async def closes(code):
        closed.set()

    monkeypatch.setattr(consumers, "CHECK_SESSIONS_EVERY", 0.01)
    monkeypatch.setattr(consumers, "CLOSING_SECONDS", 0.1)
    monkeypatch.setattr(consumers.welcome, "still_welcome", lambda sockets: set())
    monkeypatch.setattr(
        consumers.Agent, "open_sockets", [unwelcome(each) for each in (breaks, hangs, closes)]
    )

    watcher = asyncio.create_task(consumers.watch_sessions())
    for _ in range(2):  # in the next round too
        async with asyncio.timeout(10):
            await closed.wait()
        closed.clear()

    assert not watcher.done()
    watcher.cancel()


def session_of(member, **ago) -> str:
    """The key of a session of this member in which things happened so many minutes ago."""
    browser = Client()
    browser.force_login(member.user)
    session = browser.session
    session[CLINIC] = str(member.clinic_id)
    for name, minutes in ago.items():
        session[name] = int(time.time()) - minutes * 60
    session.save()
    return session.session_key


@pytest.mark.parametrize(
    ("ago", "has_ended"),
    [
        ({}, False),
        ({LAST_SEEN: 14, ENDS_AT: -60}, False),
        ({LAST_SEEN: 16, ENDS_AT: -60}, True),
        ({LAST_SEEN: 0, ENDS_AT: 0}, True),
    ],
)
def test_a_socket_is_welcome_for_as_long_as_a_page_would_be(clinic, ago, has_ended):
    clinic.idle_timeout_minutes = 15
    clinic.save()
    member = make_member()
    key = session_of(member, **ago)
    scope = {"user": member.user, "session": SessionStore(key)}

    assert welcome.ended([(key, clinic.pk, member.pk, False)]) == ({key} if has_ended else set())
    assert welcome.member_of(scope) == (None if has_ended else member)


async def test_whoever_left_their_screen_is_shut_out_by_the_watcher(transactional_db, monkeypatch):
    closed = asyncio.Event()
    monkeypatch.setattr(consumers, "CHECK_SESSIONS_EVERY", 0.01)
    monkeypatch.setattr(consumers, "LOOK_FOR_IDLE_EVERY", 0)
    monkeypatch.setattr(consumers.welcome, "still_welcome", lambda sockets: {("ended", 1)})
    monkeypatch.setattr(consumers.welcome, "ended", lambda sockets: {"ended"})

    async def closes(code):
        closed.set()

    monkeypatch.setattr(consumers.Agent, "open_sockets", [unwelcome(closes)])
    watcher = asyncio.create_task(consumers.watch_sessions())
    async with asyncio.timeout(10):
        await closed.wait()
    watcher.cancel()
