"""Processes of the product without their start-up, to be killed by the dozen: forked from one that imported it all.

They use this test process' database and Valkey. Runs that last start the real commands instead (Supervisor).
"""

import multiprocessing
import os
import time
from contextlib import contextmanager

import httpx2

from clinic_inbox.local.servers import free_port
from tests.faults import forked

SECONDS = 60
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.forked"])


class Work:
    """One of forked's functions in a process of its own, which may be told to stop, go on, or end."""

    def __init__(self, work: str, *arguments):
        self.work = work
        self.process = CONTEXT.Process(target=getattr(forked, work), args=arguments, daemon=True)
        self.process.start()

    def wait(self, seconds: float = SECONDS) -> int:
        """Its exit code, once it has ended."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"{self.work} does not end"
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


def run(work: str, *arguments) -> int:
    """Run one of forked's functions in a process of its own; returns its exit code."""
    return Work(work, *arguments).wait()


class Live:
    """The `live` process on one port, started again unarmed whenever it has died."""

    def __init__(self, is_hasty: bool = False, database: str = ""):
        self.port, self.process = free_port(), None
        self.is_hasty, self.database = is_hasty, database
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self, points: str = "") -> None:
        """Start it, or start it anew with these failpoints, and wait until it answers."""
        self.stop()
        arguments = (self.port, points, self.is_hasty, self.database)
        self.process = CONTEXT.Process(target=forked.live, args=arguments, daemon=True)
        self.process.start()
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, "live does not answer"
            time.sleep(0.02)

    def revive(self) -> int | None:
        """If it has died: its exit code, after it was started again."""
        if self.process.exitcode is None:
            return None
        code = self.process.exitcode
        self.start()
        return code

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.join()

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.address}/webhooks/", timeout=1).status_code == 404
        except httpx2.HTTPError:
            return False


@contextmanager
def living(is_hasty: bool = False, database: str = ""):
    """`database`: another way to it than this process has."""
    live = Live(is_hasty, database)
    live.start()
    try:
        yield live
    finally:
        live.stop()
