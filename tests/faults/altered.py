"""The product's applications with a defence taken out or a limit brought within a test's reach.

`ALTERED="no_catch_up,young_sockets"` names what is changed. Real processes import this instead of the product's own
module: `run_altered` arranges it. It is how a run is shown to fail without its defence.
"""

import os
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import clinic_inbox.asgi
import clinic_inbox.celery
from clinic_inbox.local import processes
from inbox import consumers, door, realtime
from inbox.delivery import doubt, line, record
from inbox.models import Message
from integrations import http
from integrations.events import ErrorClass


def no_catch_up() -> None:
    """A tab that comes back is told nothing of what it missed."""

    async def catch_up(socket, topics=()):
        socket.at, _ = await consumers.missed.since(socket.clinic_id, socket.member.pk, socket.at)
        if topics:
            await socket._send(seq=socket.at, topics=sorted(topics))

    consumers.Agent._catch_up = catch_up


def no_numbers() -> None:
    """Whatever comes is passed on, whether or not the tab knows it."""

    async def tell(socket, hint):
        if hint is not None:
            await socket._send(seq=hint.seq, topics=hint.topics)

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


def resends_in_doubt() -> None:
    """What may have been taken is sent again, as a client with automatic retries would."""
    judge = record._verdict

    def verdict(result):
        state, due_at, ask_again_at = judge(result)
        if result.error.error_class is ErrorClass.UNCERTAIN:
            state, due_at, ask_again_at = Message.State.QUEUED, record.timezone.now(), None
        return state, due_at, ask_again_at

    record._verdict = verdict


def no_lease_check() -> None:
    """A worker that wakes up sends what it was about to send, however late it is."""
    line.elapsed = lambda: float("-inf")
    http.request.__kwdefaults__["seconds"] = 3600


def short_quiet() -> None:
    """A reminder in doubt is looked at again after ten seconds."""
    record.QUIET = doubt.QUIET = timedelta(seconds=10)
    doubt.LOOK_AGAIN = timedelta(seconds=1)


def no_bell() -> None:
    """The door tells no worker that there is something to do."""
    door.bells = SimpleNamespace(ring_now=lambda *_: None, DRAIN=None)


PARTS = (no_bell, no_catch_up, no_numbers, no_watcher, young_sockets, short_memory, no_newest_first)
PARTS += (resends_in_doubt, no_lease_check, short_quiet)
ALTERATIONS = {part.__name__: part for part in PARTS}
for _name in filter(None, os.environ.get("ALTERED", "").split(",")):
    ALTERATIONS[_name]()
application = clinic_inbox.asgi.application
app = clinic_inbox.celery.app


def run_altered(supervisor, monkeypatch, *names: str) -> None:
    """Have the supervisor start everything with these alterations from now on."""
    assert set(names) <= ALTERATIONS.keys()
    supervisor.environment["ALTERED"] = ",".join(names)
    for kind, command in processes.COMMANDS.items():
        command = command.replace("clinic_inbox.asgi:", "tests.faults.altered:")
        if kind != "beat":
            command = command.replace("-A clinic_inbox.celery", "-A tests.faults.altered")
        monkeypatch.setitem(processes.COMMANDS, kind, command)
    assert all("tests.faults.altered" in processes.COMMANDS[kind] for kind in ("live", "ingest", "delivery"))
