"""One thing that was looked at, in words: what every page of checks is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, and what to do when it is not right.

    `is_good` is None when it could not be told, or is being decided elsewhere (`is_waiting`). `action` names a button.
    """

    is_good: bool | None
    title: str
    finding: str
    fix: str = ""
    action: str = ""
    is_waiting: bool = False
