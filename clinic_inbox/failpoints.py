"""Places where a test may kill, freeze, break or slow the process, to prove that this loses and doubles nothing.

`FAILPOINTS="claimed=exit,write=stop@3,hint=sleep:0.5@*"` ends the process at its first `claimed`, freezes it at its
third `write` and slows each `hint`. `FAILPOINTS_LOG` names a file that gets a line for every place passed.
Off unless one of them is set, and never on in production.
"""

import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass

KILLED = 137
EVERY = "*"

# Every place there is. tests/faults proves of each that it is passed, and that dying there does no harm.
INBOUND = {
    "door-found": "The webhook's hook is known, its body is not read.",
    "door-read": "The body is read and genuine, nothing is stored.",
    "door-append": "Bodies are about to be stored, in one statement that commits itself.",
    "door-committed": "Bodies are committed, nobody is told so yet.",
    "door-answered": "A 200 is given, perhaps before the doorbell rang.",
    "drain-claimed": "Webhooks are claimed and locked, nothing is applied.",
    "drain-between": "New messages of a batch are stored, its statuses and other events are not.",
    "drain-applied": "One clinic's events are applied, another's are not, nothing is committed.",
    "drain-committed": "A batch is committed, its task is not acknowledged to the broker.",
    "hint": "A change is committed, its hint is not published.",
    "media-chunk": "Part of a file that a patient sent is on our disk.",
}
OUTBOUND = {
    "claim": "Messages are claimed, not committed.",
    "claimed": "The claim is committed, nothing is under way.",
    "send": "A message has its turn, its request is not begun.",
    "write": "The connection stands, no byte of the request is written.",
    "answer": "The provider has answered, nobody else knows.",
    "answered": "An answer is about to be recorded.",
    "record": "Answers are recorded, not committed.",
    "recorded": "Answers are committed, the task is not acknowledged to the broker.",
    "expire": "What a dead worker left is in doubt, not committed.",
}
ATTENDING = {
    "attending": "Greeting, holder and due time of some conversations are settled, nothing is committed.",
}
KEEPING = {
    "forget": "Files past their time are about to be deleted.",
    "forgotten": "They are deleted, what pointed to them is not.",
}
ERASING = {
    "erasing": "A batch of what an erased patient said is deleted, nothing is committed.",
}
NAMES = INBOUND | OUTBOUND | ATTENDING | KEEPING | ERASING


class Broken(Exception):
    """What `raise` raises."""


@dataclass(frozen=True, slots=True)
class Action:
    """What happens at one place: `verb` at the `number`-th time it is passed (EVERY: each time)."""

    verb: str
    seconds: float
    number: str


def _parse(text: str) -> dict[str, Action]:
    """Raises ValueError for a place or an action that does not exist."""
    actions = {}
    for spec in filter(None, text.split(",")):
        place, _, number = spec.partition("@")
        name, _, told = place.partition("=")
        verb, _, seconds = (told or "exit").partition(":")
        if name not in NAMES or verb not in ("exit", "raise", "sleep", "stop"):
            raise ValueError(f"no such failpoint: {spec}")
        actions[name] = Action(verb, float(seconds or 0), number or "1")
    return actions


def arm(text: str, log: str = "") -> None:
    """Ask for this from here on; "" for nothing."""
    global _is_on, _log
    _actions.clear()
    _actions.update(_parse(text))
    _passed.clear()
    _log = log
    _is_on = bool(_actions or _log)


def failpoint(name: str) -> None:
    """Do here what was asked for."""
    if _is_on:
        _pass(name)


def _pass(name: str) -> None:
    _passed[name] += 1
    if _log:
        _write_down(name)
    action = _actions.get(name)
    if action and action.number in (EVERY, str(_passed[name])):
        _do(action, name)


def _do(action: Action, name: str) -> None:
    if action.verb == "exit":
        os._exit(KILLED)
    elif action.verb == "raise":
        raise Broken(name)
    elif action.verb == "sleep":
        time.sleep(action.seconds)
    else:
        # To this very thread: another one taking the signal would let this one run on past the point.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def _write_down(name: str) -> None:
    # One short append is whole, whichever processes write.
    file = os.open(_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{name}\n".encode())
    os.close(file)


_actions: dict[str, Action] = {}
_passed: Counter[str] = Counter()
_is_on, _log = False, ""
if os.environ.get("CLINIC_ENV") != "production":
    arm(os.environ.get("FAILPOINTS", ""), os.environ.get("FAILPOINTS_LOG", ""))
