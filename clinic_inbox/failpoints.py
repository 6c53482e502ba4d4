"""Places where a test may kill the process, to prove that dying there loses and doubles nothing.

`FAILPOINTS="after_claim,before_record:3"` ends the process at the first `after_claim` or the third `before_record`.
Off unless that variable is set, and never on in production.
"""

import os
import signal
import threading
from collections import Counter

KILLED = 137


def _wanted() -> dict[str, int]:
    if os.environ.get("CLINIC_ENV") == "production":
        return {}
    named = [spec.partition(":") for spec in os.environ.get("FAILPOINTS", "").split(",") if spec]
    return {name: int(count or 1) for name, _, count in named}


_armed = _wanted()
_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Die here without any clean-up, or freeze (`freeze-<name>`), when the environment asks for it."""
    if not _armed:
        return
    _passed[name] += 1
    if _passed[name] == _armed.get(name):
        os._exit(KILLED)
    if _passed[name] == _armed.get(f"freeze-{name}"):
        # To this very thread: another one taking the signal would let this one run on past the point.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
