"""Real process trees: real servers, with small programs in the place of the product."""

import json
import os
import signal
import subprocess
import sys
import urllib.request

import psycopg
import pytest

from clinic_inbox.local.folder import HOME
from clinic_inbox.local.servers import free_port
from tests.local.launching import SMALL_UP, seconds_until_gone, small_up, taken_port, tree_of, whole_tree_of

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_to_go_and_leaves_nothing_behind(tmp_path, number):
    port = free_port()
    with small_up(tmp_path / "data", port) as (process, printed):
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/")
        pids = whole_tree_of(tmp_path / "data", 6)  # Postgres, Valkey, two programs with a child each.
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)

    assert f"Inbox    http://127.0.0.1:{port}/\n  Sign in  agent@clinic.example  demo\n" in printed
    assert (answer.status, process.returncode) == (200, 0)
    assert len(pids) == 6
    assert seconds_until_gone(pids, patience=1) < 1
    assert rest.endswith("stopped\n")


def test_a_taken_port_gives_the_next_free_one(tmp_path):
    with taken_port() as port, small_up(tmp_path / "data", port) as (_, printed):
        address = json.loads((tmp_path / "data" / "run.json").read_text())["address"]

    used = int(address.rpartition(":")[2])
    assert used > port
    assert f"port {port} is taken, using {used}" in printed


def test_a_second_start_on_the_same_folder_says_where_the_first_one_is(tmp_path):
    port = free_port()
    with small_up(tmp_path / "data", port):
        command = [sys.executable, SMALL_UP, tmp_path / "data", str(port)]
        second = subprocess.run(
            command, env=os.environ | {"PYTHONPATH": str(HOME)}, capture_output=True, text=True
        )

    assert second.stdout == f"already running: http://127.0.0.1:{port} (data in {tmp_path / 'data'})\n"
    assert second.returncode == 1


@linux_only
def test_kill_9_leaves_no_process_and_the_next_start_has_the_data(tmp_path):
    data = tmp_path / "data"
    with small_up(data, free_port()) as (process, _):
        with psycopg.connect(_owner(data)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        pids = tree_of(data)
        process.kill()
        seconds_until_gone(pids, patience=10)

    with small_up(data, free_port()) as (_, printed), psycopg.connect(_owner(data)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert "ready" in printed


@linux_only
def test_the_next_start_ends_what_a_massacre_has_left(tmp_path):
    data = tmp_path / "data"
    with small_up(data, free_port()) as (process, _):
        pids = whole_tree_of(data, 6)  # with the children that will be left
        leaders = json.loads((data / "processes.json").read_text())["processes"]
        process.send_signal(signal.SIGSTOP)  # It must not start them again meanwhile.
        for pid in [*map(int, leaders), process.pid]:
            os.kill(pid, signal.SIGKILL)

    with small_up(data, free_port()) as (_, printed):
        assert "ended 2 processes that an earlier run had left" in printed
        seconds_until_gone(pids, patience=1)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("answering.py", "live ended (-9)"),
        ("postgres -D", "Postgres ended (-9)"),
        ("valkey-server", "Valkey ended (-9)"),
    ],
)
def test_what_ends_is_started_again(tmp_path, command, told):
    with small_up(tmp_path / "data", free_port()) as (process, _):
        processes = json.loads((tmp_path / "data" / "processes.json").read_text())["processes"]
        victim = next(int(pid) for pid, name in processes.items() if command in name)
        os.kill(victim, signal.SIGKILL)
        _, line = process.stdout.readline(), process.stdout.readline()
        seconds_until_gone({victim})

    assert line == f"{told}, starting it again\n"


def test_passwords_are_for_the_owner_of_the_folder_only(tmp_path):
    with small_up(tmp_path / "data", free_port()):
        modes = {
            name: (tmp_path / "data" / name).stat().st_mode & 0o777 for name in ("secrets.json", "run.json")
        }

    assert modes == {"secrets.json": 0o600, "run.json": 0o600}


def _owner(data):
    return json.loads((data / "run.json").read_text())["environment"]["DATABASE_OWNER_URL"]
