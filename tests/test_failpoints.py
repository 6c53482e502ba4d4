"""The places where a test may harm the process: off unless asked for, never on in production."""

import os
import subprocess
import sys

import pytest

from clinic_inbox import failpoints
from clinic_inbox.local.folder import HOME


@pytest.fixture
def arm():
    yield failpoints.arm
    failpoints.arm("")


def passing(**environment) -> int:
    """The exit code of a process that passes `claim` twice."""
    program = "from clinic_inbox.failpoints import failpoint; failpoint('claim'); failpoint('claim')"
    return subprocess.run([sys.executable, "-c", program], env=os.environ | environment, cwd=HOME).returncode


@pytest.mark.parametrize(
    ("environment", "code"),
    [({}, 0), ({"FAILPOINTS": "claim=exit@2"}, 137), ({"FAILPOINTS": "claim=exit@3"}, 0)],
)
def test_a_process_dies_where_and_when_it_is_told_to(environment, code):
    assert passing(**environment) == code


def test_nothing_is_ever_on_in_production(tmp_path):
    log = tmp_path / "log"

    assert passing(CLINIC_ENV="production", FAILPOINTS="claim", FAILPOINTS_LOG=str(log)) == 0
    assert not log.exists()


def test_what_is_passed_is_written_down_and_may_raise_each_time(arm, tmp_path):
    arm("claim=raise@*", str(tmp_path / "log"))

    for _ in range(2):
        with pytest.raises(failpoints.Broken):
            failpoints.failpoint("claim")
    failpoints.failpoint("hint")

    assert (tmp_path / "log").read_text() == "claim\nclaim\nhint\n"


@pytest.mark.parametrize("text", ["nowhere", "claim=explode"])
def test_a_place_or_an_action_that_does_not_exist_is_refused(arm, text):
    with pytest.raises(ValueError):
        arm(text)
