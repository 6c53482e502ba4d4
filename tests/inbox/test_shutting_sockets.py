"""The watcher of sessions goes on, whatever one socket does."""

import asyncio
from types import SimpleNamespace

from inbox import consumers


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
    monkeypatch.setattr(consumers, "_still_welcome", lambda sockets: set())
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
