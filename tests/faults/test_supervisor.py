"""What the fault tests start ends with the test process, however that ends."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

PROGRAM = """
    import os, sys, threading, time
    from pathlib import Path
    from clinic_inbox.local import processes
    from tests.faults.supervisor import Supervisor

    processes.COMMANDS = {"sleeper": "python -c __import__('time').sleep(60)"}
    supervisor = Supervisor(dict(os.environ), Path(sys.argv[1]))
    thread = threading.Thread(target=supervisor.start, args=("sleeper",))
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert supervisor.running["sleeper"].poll() is None
    print(supervisor.running["sleeper"].pid, flush=True)
    time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_process_outlives_the_thread_that_asked_for_it_but_not_the_test_process(tmp_path):
    program = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path)]
    tests = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    pid = int(tests.stdout.readline())

    tests.send_signal(signal.SIGKILL)
    tests.communicate()

    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(pid)
