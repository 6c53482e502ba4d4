"""The product's applications with a defence taken out or a limit brought within a test's reach.

`ALTERED="no_catch_up,young_sockets"` names what is changed. Real processes import this instead of the product's own
module: `run_altered` arranges it. It is how a run is shown to fail without its defence.
"""

import os
from importlib import import_module

import clinic_inbox.asgi
from clinic_inbox import celery
from clinic_inbox.local import processes
from inbox import consumers, realtime


def no_catch_up() -> None:
    """A tab that comes back is told nothing of what it missed."""

    async def catch_up(socket, topics=()):
        socket.at, _ = await consumers.database_sync_to_async(consumers._changes_since)(
            socket.clinic_id, socket.at
        )
        if topics:
            await socket._send(seq=socket.at, topics=sorted(topics))

    consumers.Agent._catch_up = catch_up


def no_numbers() -> None:
    """Whatever comes is passed on, whether or not the tab knows it."""

    async def tell(socket, hint):
        if hint is not None:
            await socket._send(seq=hint[0], topics=hint[1])

    consumers.Agent._tell = tell


def no_watcher() -> None:
    """Nobody looks after the sockets of people who are no longer welcome."""
    consumers.CHECK_SESSIONS_EVERY = 3600


def young_sockets() -> None:
    """A socket is old after two seconds."""
    consumers.OLDEST = 2
    consumers.PING_EVERY = 0.5


def short_memory() -> None:
    """Only so many changes are told again one by one."""
    realtime.MOST_REPLAYED = 100


def no_newest_first() -> None:
    """Webhooks are read strictly one after the other."""
    drain = import_module("inbox.intake.drain")  # the package has a function of this name
    drain.BATCH_BYTES, drain.NEWEST = 4 * 1024 * 1024, 0


ALTERATIONS = {
    alteration.__name__: alteration
    for alteration in (no_catch_up, no_numbers, no_watcher, young_sockets, short_memory, no_newest_first)
}
for _name in filter(None, os.environ.get("ALTERED", "").split(",")):
    ALTERATIONS[_name]()
application = clinic_inbox.asgi.application
app = celery.app


def run_altered(supervisor, monkeypatch, *names: str) -> None:
    """Have the supervisor start `live` and workers for `ingest` with these alterations from now on."""
    assert set(names) <= ALTERATIONS.keys()
    supervisor.environment["ALTERED"] = ",".join(names)
    command = processes.COMMANDS["live"].replace("clinic_inbox.asgi", "tests.faults.altered")
    monkeypatch.setitem(processes.COMMANDS, "live", command)
    command = processes.COMMANDS["ingest"].replace("clinic_inbox.celery", "tests.faults.altered")
    monkeypatch.setitem(processes.COMMANDS, "ingest", command)
