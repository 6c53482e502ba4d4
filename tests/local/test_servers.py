"""Postgres in each way of launching it that this user can try."""

import os
import shutil
import subprocess
import sys

import psycopg
import pytest

from clinic_inbox.local.children import launch_mode, ordinary_user
from clinic_inbox.local.servers import Postgres, Valkey
from tests.local.launching import seconds_until_gone

MODES = ["userns", "drop"] if os.geteuid() == 0 else ["plain"]


@pytest.fixture
def postgres(tmp_path):
    """Makes servers below a folder that nobody else may enter, and removes what they leave."""
    made = []

    def make(**options):
        (tmp_path / "closed").mkdir(mode=0o700, exist_ok=True)
        made.append(Postgres(tmp_path / "closed" / "postgres", "secret", durable=False, **options))
        return made[-1]

    yield make
    for server in made:
        server.stop()
        shutil.rmtree(server.root, ignore_errors=True)


@pytest.mark.parametrize("mode", MODES)
def test_postgres_runs_below_a_closed_folder(postgres, mode):
    if mode == "userns" and launch_mode() != "userns":
        pytest.skip("user namespaces are refused here")
    server = postgres(mode=mode).start()

    with psycopg.connect(server.url()) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, datcollate, datlocale, datlocprovider::text"
            " FROM pg_database WHERE datname = 'postgres'"
        ).fetchone()

    assert row == (18, "C", "C.UTF-8", "b")
    assert server.log.stat().st_uid == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_the_other_user_is_an_ordinary_one(postgres):
    server = postgres(mode="drop").start()

    with open(f"/proc/{server.process.pid}/status") as status:
        assert f"Uid:\t{ordinary_user().pw_uid}\t" in status.read()


def test_a_login_without_the_password_is_refused(postgres):
    server = postgres().start()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(password="guessed"))


def test_postgres_starts_again_right_after_a_kill_9(postgres):
    server = postgres().start()
    port = server.port
    server.process.kill()
    server.process.wait()

    server.start()

    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert server.port == port


def test_programs_of_another_postgres_can_be_chosen(postgres, monkeypatch, tmp_path):
    own = postgres().programs
    monkeypatch.setenv("PG_BIN", str(tmp_path / "elsewhere"))

    assert postgres().programs == tmp_path / "elsewhere"
    assert (own / "postgres").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
def test_servers_end_with_the_process_that_started_them(tmp_path):
    code = (
        "import os, pathlib, sys; from clinic_inbox.local.servers import Postgres, Valkey\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "servers = Postgres(path / 'pg', 'x', durable=False).start(), Valkey(path / 'vk', 'x').start()\n"
        "print(*[server.process.pid for server in servers], flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)

    assert seconds_until_gone({int(pid) for pid in done.stdout.split()}) < 10


def test_valkey_wants_its_password_and_does_not_show_it(tmp_path):
    server = Valkey(tmp_path, "quite-secret").start()

    with open(f"/proc/{server.process.pid}/cmdline") as command:
        assert "quite-secret" not in command.read()
    server.stop()
    assert server.process.returncode == 0
