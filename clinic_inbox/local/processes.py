"""The processes of the product: their commands, which production runs too, and how they are kept and ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from clinic_inbox.local import leftovers
from clinic_inbox.local.children import popen_options

# Quiet: a greeting that finds no room in the log would keep a worker from starting.
WORKER = (
    "python -m celery -A clinic_inbox.celery --quiet worker -Q {queues} -c {count} -n {name}@%h -O fair"
    " --without-mingle --without-gossip --without-heartbeat --loglevel WARNING"
)
COMMANDS = {
    "simulator": "python -m simulator --port {simulator_port} --state-dir {data}/simulator",
    "web": "python -m granian --interface wsgi --host {web_host} --port {web_port} --workers {web_workers}"
    " --blocking-threads 8 --respawn-failed-workers --log-level warning"
    " --log-config clinic_inbox/granian.json clinic_inbox.wsgi:application",
    "live": "python -m uvicorn --host {live_host} --port {live_port} --log-level warning --no-access-log"
    " --no-server-header --timeout-graceful-shutdown 8 --http clinic_inbox.connections:Http"
    " --ws clinic_inbox.connections:Socket --ws-max-size 8192 --ws-per-message-deflate false"
    " clinic_inbox.asgi:application",
    # Apart, so that slow downloads and slow channels never keep incoming messages waiting.
    "ingest": WORKER.format(queues="ingest", count=2, name="ingest"),
    # A process sends for one number for up to 20 s: as many numbers as there are processes never wait for each other.
    "delivery": WORKER.format(queues="delivery", count=6, name="delivery"),
    "errands": WORKER.format(queues="default,media,bulk", count=2, name="errands"),
    # An hour of sound takes a core for a minute: nothing that a patient or a member waits for goes behind it.
    "sounds": WORKER.format(queues="sounds", count=1, name="sounds"),
    "beat": "python -m celery -A clinic_inbox.celery beat --schedule {data}/beat-schedule --pidfile="
    " --loglevel WARNING",
}
# Web first, so that no new work arrives while the others finish theirs.
WORKERS = ("ingest", "delivery", "errands", "sounds")
STOP_ORDER = ("web", "live", *WORKERS, "beat", "simulator")
EVERYTHING = ("simulator", "web", "live", *WORKERS, "beat")
STOP_TIMEOUT_SECONDS = 15
# Celery takes SIGTERM as "finish everything first"; when ./dev is gone nobody would wait for that.
DEATH_SIGNALS = dict.fromkeys(WORKERS, signal.SIGQUIT)
GIVE_UP_AFTER_RESTARTS = 5
STEADY_AFTER_SECONDS = 30


def arguments(name: str, commands: dict[str, str] | None = None, **values: object) -> list[str]:
    """The command line of a process, with this Python for `python`."""
    program, *rest = (commands or COMMANDS)[name].split(" ")
    return [sys.executable if program == "python" else program, *(word.format(**values) for word in rest)]


class Process:
    """One running command, writing to a log file of its own, started again when it ends unasked."""

    def __init__(self, name: str, command: list[str], *, environment: dict[str, str], home: Path, logs: Path):
        self.name, self.command, self.environment, self.home = name, command, environment, home
        self.log = logs / f"{name}.log"
        self.restarts = 0
        self.spawn()

    def spawn(self) -> None:
        self.started = time.monotonic()
        self.log.parent.mkdir(exist_ok=True)
        death = DEATH_SIGNALS.get(self.name, signal.SIGTERM)
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                self.command, env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True, **popen_options("plain", death),
            )  # fmt: skip

    @property
    def has_ended(self) -> bool:
        return self.child.poll() is not None

    def restart(self) -> None:
        """Raises SystemExit when it keeps ending."""
        if time.monotonic() - self.started > STEADY_AFTER_SECONDS:
            self.restarts = 0
        self.restarts += 1
        if self.restarts > GIVE_UP_AFTER_RESTARTS:
            raise SystemExit(f"{self.name} keeps ending, see {self.log}")
        self._signal_all(signal.SIGKILL)  # Children of its own that it has left.
        self.spawn()

    def terminate(self) -> None:
        if not self.has_ended:
            self.child.terminate()

    def wait_or_kill(self, deadline: float) -> None:
        try:
            self.child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"  {self.name} did not end in time and was killed", flush=True)
        self._signal_all(signal.SIGKILL)
        self.child.wait()

    def _signal_all(self, number: int) -> None:
        try:
            os.killpg(self.child.pid, number)
        except (ProcessLookupError, PermissionError):
            pass


class Tree:
    """All processes of one run, written down in `record` so that the next start can end what this one leaves."""

    def __init__(self, record: Path, mark: str, servers: list):
        self.record, self.mark, self.servers = record, mark, servers
        self.processes: list[Process] = []
        self._write_down()

    def start(self, name: str, command: list[str], **options) -> None:
        self.processes.append(Process(name, command, **options))
        self._write_down()

    def restart_ended(self) -> None:
        for server in self.servers:
            if server.process.poll() is not None:
                print(
                    f"{type(server).__name__} ended ({server.process.returncode}), starting it again",
                    flush=True,
                )
                server.start()
                self._write_down()
        for process in self.processes:
            if process.has_ended:
                print(f"{process.name} ended ({process.child.returncode}), starting it again", flush=True)
                process.restart()
                self._write_down()

    def stop(self) -> None:
        """SIGTERM to each in turn, then wait; who is still there after the timeout is killed with its children."""
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        ordered = sorted(self.processes, key=lambda process: _place(process.name))
        for process in ordered:
            process.terminate()
        for process in ordered:
            process.wait_or_kill(deadline)

    def _write_down(self) -> None:
        pids = [server.process.pid for server in self.servers]
        pids += [process.child.pid for process in self.processes]
        leftovers.remember(self.record, pids, self.mark)


def _place(name: str) -> int:
    return STOP_ORDER.index(name) if name in STOP_ORDER else len(STOP_ORDER)
