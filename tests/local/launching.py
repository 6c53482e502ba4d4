"""Starting ./dev up for a test, and seeing what is left of it."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from clinic_inbox.local.folder import HOME
from clinic_inbox.local.leftovers import identity, marked

SMALL_UP = Path(__file__).with_name("small_up.py")


@contextmanager
def small_up(data: Path, port: int):
    """Yields the running process and what it has printed until it was ready."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    process = subprocess.Popen(
        [sys.executable, str(SMALL_UP), str(data), str(port)],
        env=environment | {"PYTHONPATH": str(HOME), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process, read_until_ready(process)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def read_until_ready(process: subprocess.Popen) -> str:
    printed = ""
    while "Ctrl-C" not in printed and (line := process.stdout.readline()):
        printed += line
    return printed


def tree_of(data: Path) -> set[int]:
    """Every process that this run has started, and their children."""
    record = json.loads((data / "processes.json").read_text())
    return {int(pid) for pid in record["processes"]} | marked(record["mark"])


def whole_tree_of(data: Path, count: int, patience: float = 30) -> set[int]:
    """As above, once there are so many of them: children come a moment after their parents."""
    deadline = time.monotonic() + patience
    while len(pids := tree_of(data)) < count and time.monotonic() < deadline:
        time.sleep(0.1)
    return pids


def seconds_until_gone(pids: set[int], patience: float = 10) -> float:
    started = time.monotonic()
    while alive := [pid for pid in pids if identity(pid)]:
        assert time.monotonic() - started < patience, [identity(pid) for pid in alive]
        time.sleep(0.1)
    return time.monotonic() - started


@contextmanager
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]
