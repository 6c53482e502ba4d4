"""The whole product as real processes against this test process' database and Valkey."""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clinic_inbox.local.folder import HOME
from clinic_inbox.local.leftovers import MARK
from clinic_inbox.local.processes import EVERYTHING, Tree, arguments
from clinic_inbox.local.servers import free_port

START_TIMEOUT_SECONDS = 90


@dataclass
class Product:
    address: str
    simulator: str
    environment: dict[str, str]
    logs: Path


@contextmanager
def running_product(
    environment: dict[str, str],
    folder: Path,
    names: tuple[str, ...] = EVERYTHING,
) -> Iterator[Product]:
    """Start these processes and wait until the product answers; stop them afterwards."""
    ports = {name: free_port() for name in ("live_port", "web_port", "simulator_port")}
    mark = secrets.token_hex(8)
    address = f"http://127.0.0.1:{ports['live_port']}"
    simulator = f"http://127.0.0.1:{ports['simulator_port']}"
    urls = {
        "PUBLIC_URL": address,
        "SIMULATOR_URL": simulator,
        "WEB_URL": f"http://127.0.0.1:{ports['web_port']}",
    }
    environment = environment | urls | {MARK: mark}
    tree = Tree(folder / "processes.json", mark, [])
    values = {"data": folder, "web_host": "127.0.0.1", "live_host": "127.0.0.1", "web_workers": 1} | ports
    try:
        for name in names:
            tree.start(name, arguments(name, **values), environment=environment, home=HOME, logs=folder)
        _wait_until_ready(address, tree)
        yield Product(address, simulator, environment, folder)
    finally:
        tree.stop()


def _wait_until_ready(address: str, tree: Tree) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not _is_ready(address):
        ended = [process for process in tree.processes if process.has_ended]
        assert not ended, f"{ended[0].name} ended:\n{ended[0].log.read_text()[-3000:]}"
        assert time.monotonic() < deadline, f"{address} does not answer"
        time.sleep(0.2)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False
