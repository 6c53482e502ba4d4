"""`./dev test`, `check`, `bench`, `manage` and `screenshots`. Each takes its arguments and returns an exit code."""

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from clinic_inbox.local import folder, leftovers
from clinic_inbox.local.backing import backing_servers, migrate_if_needed

PROGRAMS = Path(sys.executable).parent
# One more than the cores of a small machine: some tests mostly wait. The quicker worker takes over from the slower.
DEFAULT_WORKERS = ("-n", "3", "--dist", "worksteal")
SOME_TESTS_FAILED = 1  # pytest's exit code
# These compare code with code; they need no tables and must not be kept from making them.
WITHOUT_TABLES = ("migrate", "makemigrations", "restore", "restore_check")
# These read or write the rows of every clinic.
AS_SUPERUSER = ("backup", "restore")


def test(arguments: list[str]) -> int:
    """All tests, or with --faults the long versions of tests/faults; on several workers unless told otherwise."""
    chosen = any(argument.startswith(("-n", "--numprocesses", "-p")) for argument in arguments)
    if "--faults" in arguments and not any(argument.startswith("tests") for argument in arguments):
        arguments = ["tests/faults", *arguments]
    return _run("python", "-m", "pytest", *(() if chosen else DEFAULT_WORKERS), *arguments)


def check(arguments: list[str]) -> int:
    """What must be true before code is shared. Every step is run, so that one run tells everything."""
    steps = {
        "ruff check": _run("ruff", "check", "."),
        "ruff format": _run("ruff", "format", "--check", "."),
        "import contracts": _run("lint-imports"),
        "missing migrations": _missing_migrations(),
        "tests": _tests_alone_too(arguments),
    }
    failed = [name for name, code in steps.items() if code]
    print("check: " + (f"failed: {', '.join(failed)}" if failed else "all passed"), flush=True)
    return bool(failed)


def _tests_alone_too(arguments: list[str]) -> int:
    """All tests; what failed is asked once more by itself, because a crowded machine makes real processes late."""
    code = test(arguments)
    if code != SOME_TESTS_FAILED:
        return code
    print("check: what failed among the others, once more alone", flush=True)
    return _run("python", "-m", "pytest", "--last-failed", "-p", "no:randomly", *arguments)


def bench(arguments: list[str]) -> int:
    return _run("python", "-m", "bench", *arguments)


def screenshots(arguments: list[str]) -> int:
    return _run("python", "-m", "clinic_inbox.local.screenshots", *arguments)


def manage(arguments: list[str]) -> int:
    """Django's command line: on DATABASE_URL, or the running ./dev up, or its servers started for the moment."""
    options, rest = _manage_options().parse_known_args(arguments)
    data = options.data.resolve()
    if "DATABASE_URL" in os.environ:
        return _run("python", "manage.py", *rest)
    try:
        lock = folder.open_folder(data)
    except folder.AlreadyRunning as error:
        running = _with_superuser(data, os.environ | error.run.get("environment", {}), rest)
        return _run("python", "manage.py", *rest, environment=running)
    try:
        return _manage_with_servers(data, rest)
    finally:
        os.close(lock)


def _manage_with_servers(data: Path, arguments: list[str]) -> int:
    record = data / "processes.json"
    leftovers.end_all(record)
    mark = secrets.token_hex(8)
    with backing_servers(data, mark) as (environment, servers):
        leftovers.remember(record, [server.process.pid for server in servers], mark)
        if arguments[:1] and arguments[0] not in WITHOUT_TABLES:
            migrate_if_needed(data, environment)
        environment = _with_superuser(data, environment, arguments)
        code = _run("python", "manage.py", *arguments, environment=environment)
    record.unlink(missing_ok=True)
    return code


def _with_superuser(data: Path, environment: dict[str, str], arguments: list[str]) -> dict[str, str]:
    """The environment, with our own server's superuser for the commands that need one."""
    if not arguments or arguments[0] not in AS_SUPERUSER or "DATABASE_URL" not in environment:
        return environment
    server = urlsplit(environment["DATABASE_URL"])
    password = folder.local_secrets(data)["superuser"]
    admin = server._replace(netloc=f"postgres:{password}@{server.hostname}:{server.port}", path="/postgres")
    return environment | {"DATABASE_ADMIN_URL": admin.geturl()}


def _manage_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev manage", add_help=False, allow_abbrev=False)
    parser.add_argument("--data", type=Path, default=folder.DEFAULT)
    return parser


def _missing_migrations() -> int:
    # It would look at the applied migrations too, but there is no database here: nobody listens on port 1.
    nowhere = os.environ | {"CLINIC_ENV": "test", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    command = ("-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run")
    return _run("python", *command, environment=nowhere)


def _run(program: str, *arguments: str, environment: dict[str, str] | None = None) -> int:
    sys.stdout.flush()
    done = subprocess.run(
        [str(PROGRAMS / program), *arguments], cwd=folder.HOME, env=environment or os.environ, check=False
    )
    return done.returncode
