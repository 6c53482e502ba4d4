"""Starts the product's own commands, kills or freezes them without warning, and starts them again."""

import os
import signal
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2

from clinic_inbox.local.children import popen_options
from clinic_inbox.local.processes import arguments
from clinic_inbox.local.servers import free_port
from tests.faults import old_code

HOME = Path(__file__).resolve().parents[2]


class Supervisor:
    """The processes of one test, by name, each in a session of its own.

    A name is a kind of process (`live`, `ingest`), or the kind and a number for one more of it (`live-2`).
    """

    def __init__(self, environment: dict[str, str], logs: Path):
        self.ports = defaultdict(free_port)  # by name; a process started again listens where it did before
        self.address = self.address_of("live")
        self.simulator = self.address_of("simulator")
        self.environment = environment | {
            "PUBLIC_URL": self.address,
            "WEB_URL": self.address_of("web"),
            "SIMULATOR_URL": self.simulator,
        }
        self.logs = logs
        self.running: dict[str, subprocess.Popen] = {}
        # A child dies with the thread that made it, and Nemesis is a short-lived one.
        self.spawner = ThreadPoolExecutor(1)

    def address_of(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, name: str, *, home: Path = HOME, log: Path | None = None) -> None:
        """Start a process; `home` holds the code it runs, `log` is where it writes."""
        self.spawner.submit(self._start, name, home, log or self.logs / f"{name}.log").result()

    def _start(self, name: str, home: Path, log_file: Path) -> None:
        kind = name.partition("-")[0]
        values = {
            "live_host": "127.0.0.1", "live_port": self.ports[name if kind == "live" else "live"],
            "web_host": "127.0.0.1", "web_port": self.ports["web"], "web_workers": 1,
            "data": self.logs, "simulator_port": self.ports["simulator"],
        }  # fmt: skip
        known = None if home == HOME else old_code.commands(home)
        command = arguments(kind, known, **values)
        with log_file.open("ab") as log:
            self.running[name] = subprocess.Popen(
                [f"{name}@%h" if word == f"{kind}@%h" else word for word in command],
                env=self.environment,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **popen_options("plain", signal.SIGKILL),
            )

    def kill(self, name: str) -> None:
        """SIGKILL, with all children: nothing is flushed, closed or said good-bye to."""
        child = self.running.pop(name)
        _signal_all(child, signal.SIGKILL)
        child.wait()

    def terminate(self, name: str, seconds: float = 30) -> int:
        """SIGTERM, as a new version is rolled out, and SIGKILL after the grace an operator gives; the exit code."""
        child = self.running.pop(name)
        child.terminate()
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:  # a Celery worker seldom hangs in its warm shutdown
            child.kill()
            return child.wait()
        finally:
            _signal_all(child, signal.SIGKILL)

    def freeze(self, name: str) -> None:
        """SIGSTOP to it and all its children, until wake()."""
        _signal_all(self.running[name], signal.SIGSTOP)

    def wake(self, name: str) -> None:
        _signal_all(self.running[name], signal.SIGCONT)

    def wait_for_frozen_child(self, name: str, seconds: float = 60) -> None:
        """Until a process of it has stopped, as one does at a failpoint."""
        deadline = time.monotonic() + seconds
        while not _has_stopped(self.running[name].pid):
            assert time.monotonic() < deadline, f"no process of {name} stopped:\n{self.log_tails()}"
            time.sleep(0.05)

    @contextmanager
    def as_operated(self) -> Iterator[list[str]]:
        """Start again what ends by itself, as Compose and `./dev up` do; gives the names of what was, which grows.

        A Celery worker gives up, seldom, when it loses Valkey while it has a task in hand.
        """
        restarted, is_over = [], threading.Event()

        def look():
            while not is_over.wait(0.5):
                for name, child in list(self.running.items()):
                    if child.poll() is not None and self.running.get(name) is child:
                        restarted.append(name)
                        self.start(name)

        watch = threading.Thread(target=look)
        watch.start()
        try:
            yield restarted
        finally:
            is_over.set()
            watch.join()

    def has_ended(self, name: str) -> bool:
        return self.running[name].poll() is not None

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.spawner.shutdown()

    def wait_for(self, url: str, seconds: float = 60, *, status: int | None = None) -> None:
        """Until the address answers at all, or with this status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx2.get(url, timeout=5).status_code == status or status is None:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{url} did not answer:\n{self.log_tails()}")

    def log_tails(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-2000:]}" for path in self.logs.glob("*.log"))


def _signal_all(child: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass


def _has_stopped(group: int) -> bool:
    told = subprocess.run(
        ["ps", "-A", "-o", "pgid=,state="], capture_output=True, text=True, check=True
    ).stdout
    return any(
        line.split()[0] == str(group) and line.split()[1].startswith("T") for line in told.splitlines()
    )


class Nemesis(threading.Thread):
    """Does harm at random moments, each kind in turn, while the block runs; keeps count of what it did."""

    def __init__(self, harms: list, chance, pause: tuple[float, float] = (0.5, 2.5), most: int = 12):
        super().__init__(daemon=True)
        self.harms, self.chance, self.pause = chance.sample(harms, len(harms)), chance, pause
        self.most, self.done = most, []
        self.stopping = threading.Event()

    def __enter__(self) -> "Nemesis":
        self.start()
        return self

    def __exit__(self, *error) -> None:
        self.stopping.set()
        self.join()

    def run(self) -> None:
        while len(self.done) < self.most and not self.stopping.wait(self.chance.uniform(*self.pause)):
            harm = self.harms[len(self.done) % len(self.harms)]
            harm()
            self.done.append(harm.__name__)
