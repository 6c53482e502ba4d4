"""CPU time of processes and all their descendants, from /proc."""

import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def seconds(*pids: int) -> float:
    """User and system time spent so far by these processes and their descendants, the ended ones included."""
    parents, spent = _everyone()
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    waiting, total = list(pids), 0
    while waiting:
        pid = waiting.pop()
        total += spent.get(pid, 0)
        waiting += children.get(pid, ())
    return total / TICKS_PER_SECOND


def _everyone() -> tuple[dict[int, int], dict[int, int]]:
    parents, spent = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile; its parent has its time
        pid = int(file.parent.name)
        parents[pid] = int(fields[1])
        spent[pid] = sum(map(int, fields[11:15]))  # own and waited-for children's user and system time
    return parents, spent


class Meter:
    """CPU seconds per group of processes since it was made."""

    def __init__(self, **groups: list[int]):
        self.groups = groups
        self.before = self._now()

    def spent(self) -> dict[str, float]:
        return {name: after - self.before[name] for name, after in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {name: seconds(*pids) for name, pids in self.groups.items()}
