"""The simulator as a process of its own, in place of Meta."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def running_simulator(*arguments) -> Iterator[str]:
    """Its address while it runs; it ends with the block."""
    command = [sys.executable, "-m", "simulator", "--port", "0", *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().split("ready: ")[1].strip().removesuffix("/simulator/")
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module")
def meta_world():
    """A client of a simulator for one module; its tests begin with what they need of /simulator/api/reset."""
    with (
        running_simulator() as address,
        httpx2.Client(base_url=address, trust_env=False, timeout=20) as client,
    ):
        yield client
