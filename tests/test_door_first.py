"""The worker that drains steps back behind the door."""

import os
import subprocess
import sys

import pytest

TELL = "import os; from clinic_inbox import celery; celery.let_the_door_go_first({!r}); print(os.nice(0))"


@pytest.mark.parametrize(("worker", "further_back"), [("ingest@here", 5), ("delivery@here", 0)])
def test_the_door_goes_before_who_drains_and_before_nobody_else(worker, further_back):
    done = subprocess.run(
        [sys.executable, "-c", TELL.format(worker)], capture_output=True, text=True, start_new_session=True
    )

    assert done.stdout.strip() == str(min(os.nice(0) + further_back, 19)), done.stderr
