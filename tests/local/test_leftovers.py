"""Only what is proven ours is ended: a pid alone proves nothing, it may belong to a stranger by now."""

import json
import os
import subprocess

import pytest

from clinic_inbox.local import leftovers


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_recorded_process_is_ended(tmp_path, sleeper):
    leftovers.remember(tmp_path / "record", [sleeper.pid], "no-such-mark")

    assert leftovers.end_all(tmp_path / "record") == 1
    assert sleeper.wait(5) == -15
    assert not (tmp_path / "record").exists()


def test_a_stranger_with_a_recorded_number_is_left_alone(tmp_path, sleeper):
    record = {"mark": "no-such-mark", "processes": {sleeper.pid: "1 some other command"}}
    (tmp_path / "record").write_text(json.dumps(record))

    assert leftovers.end_all(tmp_path / "record") == 0
    assert sleeper.poll() is None


def test_a_child_without_its_parent_is_known_by_its_mark(tmp_path):
    orphan = subprocess.Popen(["sleep", "600"], env={leftovers.MARK: "a-mark"})
    leftovers.remember(tmp_path / "record", [], "a-mark")

    assert leftovers.end_all(tmp_path / "record") == 1
    assert orphan.wait(5) == -15


def test_a_record_that_was_cut_short_is_no_obstacle(tmp_path):
    (tmp_path / "record").write_text('{"mark": "x", "proc')

    assert leftovers.end_all(tmp_path / "record") == 0


@pytest.mark.parametrize("pid_of", [os.getpid, lambda: 2**22 + 1], ids=["a stranger", "nobody"])
def test_a_pid_file_that_is_not_of_our_server_is_forgotten(tmp_path, pid_of):
    file = tmp_path / "postmaster.pid"
    file.write_text(f"{pid_of()}\n{tmp_path}\n")

    leftovers.forget_dead_postmaster(tmp_path)

    assert not file.exists()


def test_a_pid_file_of_a_living_server_stays(tmp_path):
    file = tmp_path / "postmaster.pid"
    server = subprocess.Popen(["sh", "-c", "sleep 600; true", str(tmp_path)])
    file.write_text(f"{server.pid}\n")

    leftovers.forget_dead_postmaster(tmp_path)

    server.kill()
    server.wait()
    assert file.exists()
