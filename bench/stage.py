"""Where a measurement runs: durable servers of its own in a temporary folder, and real processes."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from clinic_inbox.local import throwaway
from clinic_inbox.local.folder import HOME
from clinic_inbox.local.processes import Process, arguments
from clinic_inbox.local.servers import Postgres, Valkey, free_port

READY_TIMEOUT_SECONDS = 60
KEY_RING = "bench:YmVuY2gtb25seS1rZXktbm90LWEtc2VjcmV0LTAwMDA="


class Stage:
    """The servers, the environment of the product's processes, and those that were started."""

    def __init__(self, folder: Path, postgres: Postgres, urls: dict[str, str], valkey: Valkey):
        self.folder, self.postgres, self.valkey = folder, postgres, valkey
        self.ports = {f"{name}_port": free_port() for name in ("live", "web", "simulator")}
        self.processes: dict[str, Process] = {}
        self.environment = os.environ | {
            "CLINIC_ENV": "local",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "KEY_RING": KEY_RING,
            "DATA_DIR": str(folder),
            "DATABASE_URL": urls["app"],
            "DATABASE_OWNER_URL": urls["owner"],
            "REDIS_URL": valkey.url(),
            "PUBLIC_URL": f"http://127.0.0.1:{self.ports['live_port']}",
            "WEB_URL": f"http://127.0.0.1:{self.ports['web_port']}",
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, *names: str) -> None:
        """Start processes of the product by the commands that production runs."""
        values = {"data": self.folder, "web_host": "127.0.0.1", "live_host": "127.0.0.1", "web_workers": 1}
        for name in names:
            self.run(name, arguments(name, **values | self.ports))

    def run(self, name: str, command: list[str], **environment: str) -> None:
        self.processes[name] = Process(
            name, command, environment=self.environment | environment, home=HOME, logs=self.folder / "logs"
        )

    def run_once(self, module: str, *words: str, told: str = "", **environment: str) -> str:
        """Run a module of ours to its end, `told` on its standard input; returns what it printed."""
        done = subprocess.run(
            self.python(module, *words),
            env=self.environment | environment,
            cwd=HOME,
            input=told,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{module} failed:\n{done.stderr}")
        return done.stdout

    def run_commands(self, commands: list[list[str]]) -> list[dict]:
        """Several management commands, one after the other; returns the JSON each printed."""
        return json.loads(self.run_once("bench.commands", told=json.dumps(commands)))

    @staticmethod
    def python(*words: str) -> list[str]:
        return [sys.executable, "-m", *words]

    def pids(self, *names: str) -> list[int]:
        return [self.processes[name].child.pid for name in names]

    def wait_for(self, name: str, path: str = "/") -> None:
        """Until the process answers on its port, in whatever way."""
        address = f"http://127.0.0.1:{self.ports[f'{name}_port']}{path}"
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not _answers(address):
            if self.processes[name].has_ended or time.monotonic() > deadline:
                raise SystemExit(f"{name} did not start:\n{self.log(name)}")
            time.sleep(0.1)

    def log(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")[-4000:]

    def superuser(self, database: str = "clinic") -> psycopg.Connection:
        """A connection that sees every clinic's rows: to fill tables and to count."""
        return psycopg.connect(self.postgres.url(database), autocommit=True)

    def kill(self, *names: str) -> None:
        """SIGKILL, with all their children, as the kernel does it when memory is short."""
        for name in names:
            os.killpg(self.processes[name].child.pid, signal.SIGKILL)
            self.processes.pop(name).child.wait()

    def end(self, *names: str) -> None:
        """Stop these in good order."""
        ended = [self.processes.pop(name) for name in names]
        for process in ended:
            process.terminate()
        for process in ended:
            process.wait_or_kill(time.monotonic() + 10)

    def stop(self) -> None:
        self.end(*list(self.processes))


@contextmanager
def stage() -> Iterator[Stage]:
    """Servers as production has them: fsync and synchronous_commit are on."""
    with ExitStack() as stopping:
        folder = Path(stopping.enter_context(tempfile.TemporaryDirectory(prefix="clinic-inbox-bench-")))
        folder.chmod(0o755)  # Postgres may have to run as another user
        (folder / "incoming").mkdir()  # where uploads wait
        postgres, urls = throwaway.durable_copy(folder / "postgres", "clinic")
        stopping.callback(postgres.stop)
        valkey = Valkey(folder / "valkey", secrets.token_hex(16))
        stopping.callback(valkey.stop)
        valkey.start()
        prepared = Stage(folder, postgres, urls, valkey)
        stopping.callback(prepared.stop)
        yield prepared


def new_database(stage: Stage, name: str) -> str:
    """An empty database on the stage's server, for a floor; returns its address."""
    with stage.superuser() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return stage.postgres.url(name)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        pass
    except OSError:
        return False
    return True
