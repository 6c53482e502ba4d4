"""`./dev up`: everything in one process tree, from nothing to an address to open."""

import json
import os
import secrets
import signal
import socket
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from clinic_inbox.local import folder, leftovers
from clinic_inbox.local.backing import backing_servers, manage, migrate_if_needed
from clinic_inbox.local.processes import EVERYTHING, WORKERS, Tree, arguments
from clinic_inbox.local.servers import free_port

READY_TIMEOUT_SECONDS = 60
PORTS_TRIED = 100
BEHIND = (*WORKERS, "beat")  # started once the pages are: all at once, everything would be slow on two cores


class Stopped(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""


class Progress:
    """Says how far we are, with the seconds since it was made, and raises Stopped once a signal has asked for it.

    The signals set a flag only: an exception out of a handler is lost when it strikes inside a fork or a destructor.
    """

    def __init__(self):
        self.started, self.is_asked_to_stop = time.monotonic(), False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.started:6.1f} s  {text}", flush=True)

    def step(self, text: str) -> None:
        self.check()
        self.say(text)

    def check(self) -> None:
        if self.is_asked_to_stop:
            raise Stopped

    def _ask_to_stop(self, number, frame):
        self.is_asked_to_stop = True


def up(data: Path, port: int, names: tuple[str, ...] = EVERYTHING) -> int:
    """Run these processes until stopped; returns the exit code."""
    try:
        lock = folder.open_folder(data)
    except folder.AlreadyRunning as error:
        print(f"already running: {error} (data in {data})", flush=True)
        return 1
    progress = Progress()
    record = data / "processes.json"
    try:
        if count := leftovers.end_all(record):
            progress.step(f"ended {count} processes that an earlier run had left")
        with ExitStack() as stopping:
            _run(data, port, names, record, stopping, progress)
    except Stopped:
        pass
    finally:
        (data / "run.json").unlink(missing_ok=True)
    record.unlink(missing_ok=True)
    progress.say("stopped")
    os.close(lock)
    return 0


def _run(
    data: Path, port: int, names: tuple[str, ...], record: Path, stopping: ExitStack, progress: Progress
) -> None:
    environment, servers = stopping.enter_context(backing_servers(data, mark := secrets.token_hex(8)))
    tree = Tree(record, mark, servers)
    progress.step("Postgres and Valkey are running")
    ports = _ports(port, progress)
    environment |= _addresses(ports)
    folder.write_private(data / "run.json", _for_others(environment))
    stopping.callback(tree.stop)
    stopping.callback(progress.say, "stopping ...")

    values = {"data": data, "web_host": "127.0.0.1", "live_host": "127.0.0.1", "web_workers": 1} | ports
    options = {"environment": environment, "home": folder.HOME, "logs": data / "logs"}
    changed = migrate_if_needed(data, environment)
    progress.step("the tables are made" if changed else "the tables are up to date")
    for name in (name for name in names if name not in BEHIND):
        tree.start(name, arguments(name, **values), **options)
    demo = json.loads(manage(environment, "seed_demo"))
    progress.step("the demo clinic is there")
    for name in (name for name in names if name in BEHIND):
        tree.start(name, arguments(name, **values), **options)
    progress.step(f"started {', '.join(names)}")
    _wait_until_ready(environment["PUBLIC_URL"], tree, progress)
    progress.step("ready")
    _announce(environment, demo, data)
    while True:
        progress.check()
        tree.restart_ended()
        time.sleep(0.25)


def _for_others(environment: dict[str, str]) -> dict:
    """What a second start and `./dev manage` need to know; the caller's own environment is not written down."""
    ours = {name: value for name, value in environment.items() if os.environ.get(name) != value}
    return {"address": environment["PUBLIC_URL"], "environment": ours}


def _addresses(ports: dict[str, int]) -> dict[str, str]:
    return {
        "PUBLIC_URL": f"http://127.0.0.1:{ports['live_port']}",
        "WEB_URL": f"http://127.0.0.1:{ports['web_port']}",
        "SIMULATOR_URL": f"http://127.0.0.1:{ports['simulator_port']}",
    }


def _wait_until_ready(address: str, tree: Tree, progress: Progress) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while not _is_ready(address):
        progress.check()
        for process in tree.processes:
            if process.has_ended:
                raise SystemExit(f"{process.name} did not start, see {process.log}:\n{_tail(process.log)}")
        if time.monotonic() > deadline:
            raise SystemExit(f"{address} does not answer, see {tree.processes[0].log.parent}")
        time.sleep(0.1)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def _announce(environment: dict[str, str], demo: dict, data: Path) -> None:
    print(
        f"\n  Inbox    {environment['PUBLIC_URL']}/\n"
        f"  Sign in  {demo['email']}  {demo['password']}\n"
        f"  Phone    {environment['SIMULATOR_URL']}/simulator/\n"
        f"  Data     {data} (logs in {data / 'logs'})\n\n"
        f"  Ctrl-C stops everything.\n",
        flush=True,
    )


def _ports(wanted: int, progress: Progress) -> dict[str, int]:
    live = _next_free(wanted)
    if live != wanted:
        progress.say(f"port {wanted} is taken, using {live}")
    return {"live_port": live, "simulator_port": _next_free(live + 1), "web_port": free_port()}


def _next_free(port: int) -> int:
    for candidate in range(port, port + PORTS_TRIED):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", candidate))
                listener.listen(1)
            except OSError:
                continue
            return candidate
    raise SystemExit(f"no free port between {port} and {port + PORTS_TRIED}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
