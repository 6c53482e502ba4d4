"""`./dev manage` finds the running `./dev up`, or starts its servers for the moment."""

import json
import os
import subprocess
import sys

from clinic_inbox.local.folder import HOME
from clinic_inbox.local.servers import free_port
from tests.local.launching import seconds_until_gone, small_up

WHERE = "from django.db import connection as c; print(c.settings_dict['PORT'], c.settings_dict['USER'])"


def manage(data, *arguments, **environment):
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-P", "-m", "clinic_inbox.local", "manage", "--data", data, *arguments],
        env=own | {"PYTHONPATH": str(HOME)} | environment, capture_output=True, text=True,
    )  # fmt: skip


def test_it_works_on_the_running_one(tmp_path):
    with small_up(tmp_path / "data", free_port()):
        environment = json.loads((tmp_path / "data" / "run.json").read_text())["environment"]
        done = manage(tmp_path / "data", "shell", "--no-imports", "-c", WHERE)

    assert f":{done.stdout.split()[0]}/clinic" in environment["DATABASE_URL"]
    assert done.stdout.split()[1] == "clinic_app"


def test_it_starts_servers_for_the_moment_and_stops_them(tmp_path):
    done = manage(tmp_path / "data", "shell", "--no-imports", "-c", "import os; print(os.getppid())")

    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "data" / "postgres" / "data" / "postmaster.pid").exists()
    assert seconds_until_gone({int(done.stdout)}) < 1


def test_an_address_in_the_environment_wins(tmp_path):
    url = "postgresql://somebody@127.0.0.1:1/elsewhere"
    done = manage(tmp_path / "data", "shell", "--no-imports", "-c", WHERE, DATABASE_URL=url)

    assert done.stdout == "1 somebody\n"
    assert not (tmp_path / "data").exists()


def test_the_callers_environment_is_not_written_down(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMEBODYS_TOKEN", "do-not-keep")

    with small_up(tmp_path / "data", free_port()):
        written = (tmp_path / "data" / "run.json").read_text()

    assert "do-not-keep" not in written
