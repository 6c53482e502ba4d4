"""Starts the product's own commands, kills them without warning, and starts them again."""

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from clinic_inbox.local.children import popen_options
from clinic_inbox.local.processes import arguments
from clinic_inbox.local.servers import free_port

HOME = Path(__file__).resolve().parents[2]


class Supervisor:
    """The processes of one test, by name, each in a session of its own."""

    def __init__(self, environment: dict[str, str], logs: Path):
        self.live_port, self.web_port, self.simulator_port = free_port(), free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.live_port}"
        self.simulator = f"http://127.0.0.1:{self.simulator_port}"
        self.environment = environment | {
            "PUBLIC_URL": self.address,
            "WEB_URL": f"http://127.0.0.1:{self.web_port}",
            "SIMULATOR_URL": self.simulator,
        }
        self.logs = logs
        self.running: dict[str, subprocess.Popen] = {}
        # A child dies with the thread that made it, and Nemesis is a short-lived one.
        self.spawner = ThreadPoolExecutor(1)

    def start(self, name: str) -> None:
        self.spawner.submit(self._start, name).result()

    def _start(self, name: str) -> None:
        values = {
            "live_host": "127.0.0.1", "live_port": self.live_port, "web_host": "127.0.0.1", "web_port": self.web_port,
            "web_workers": 1, "data": self.logs, "simulator_port": self.simulator_port,
        }  # fmt: skip
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                arguments(name, **values),
                env=self.environment,
                cwd=HOME,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **popen_options("plain", signal.SIGKILL),
            )

    def kill(self, name: str) -> None:
        """SIGKILL, with all children: nothing is flushed, closed or said good-bye to."""
        child = self.running.pop(name)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.spawner.shutdown()

    def wait_for(self, url: str, seconds: float = 30) -> None:
        """Until the address answers at all."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                httpx2.get(url, timeout=1)
                return
            except httpx2.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"{url} did not answer:\n{self.log_tails()}")

    def log_tails(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-2000:]}" for path in self.logs.glob("*.log"))


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
