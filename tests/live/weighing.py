"""How much memory processes took at most, and how much lies in a folder."""

import os
from pathlib import Path


class Scale:
    """The peak memory of the processes below a test, since it was made, and what a folder has grown by."""

    def __init__(self, marks: tuple[str, ...], folder: Path):
        self.folder, self.pids = folder, [pid for pid in _below(os.getpid()) if _is_one_of(pid, marks)]
        assert len(self.pids) >= len(marks)
        for pid in self.pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak is what it is now
        self.before, self.on_disk = self._peak(), _size(folder)

    def megabytes_more(self) -> float:
        """The largest growth: of the processes' memory together, at its peak, or of the folder now."""
        return max(self._peak() - self.before, (_size(self.folder) - self.on_disk) / 1024) / 1024

    def _peak(self) -> int:
        return sum(_kilobytes(pid, "VmHWM") for pid in self.pids)


def _below(pid: int) -> list[int]:
    children = [int(child) for child in _text(f"/proc/{pid}/task/{pid}/children").split()]
    for task in Path(f"/proc/{pid}/task").iterdir():
        children += [int(child) for child in _text(f"{task}/children").split()]
    children = list(dict.fromkeys(children))
    return children + [below for child in children for below in _below(child)]


def _is_one_of(pid: int, marks: tuple[str, ...]) -> bool:
    return any(mark in _text(f"/proc/{pid}/cmdline") for mark in marks)


def _kilobytes(pid: int, name: str) -> int:
    line = next(line for line in _text(f"/proc/{pid}/status").splitlines() if line.startswith(name))
    return int(line.split()[1])


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:  # it has just ended
        return ""


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
