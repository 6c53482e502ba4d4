"""Processes that a killed ./dev left behind: recognised beyond doubt, then ended."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

MARK = "CLINIC_INBOX_RUN"


def identity(pid: int) -> str:
    """Start time and command of a process, which together with its pid no other process has. Empty if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return "" if fields[0] == "Z" else f"{fields[19]} {command}"
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
    done = subprocess.run(
        ["/bin/ps", "-o", "lstart=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def remember(record: Path, pids: list[int], mark: str) -> None:
    """Write down who is ours, for the next start: `mark` is in the environment of each of them and their children."""
    record.write_text(json.dumps({"mark": mark, "processes": {pid: identity(pid) for pid in pids}}))


def end_all(record: Path, patience_seconds: float = 8) -> int:
    """End what is left of the processes in the record; returns how many there were."""
    try:
        known = json.loads(record.read_text())
    except (OSError, ValueError):
        return 0
    ours = {int(pid) for pid, name in known["processes"].items() if name and identity(int(pid)) == name}
    ours |= marked(known["mark"]) - {os.getpid()}
    for pid in ours:
        _signal(pid, signal.SIGINT if _is_postgres(pid) else signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    while any(identity(pid) for pid in ours) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in ours:
        if identity(pid):
            _signal(pid, signal.SIGKILL)
    record.unlink(missing_ok=True)
    return len(ours)


def forget_dead_postmaster(data: Path) -> None:
    """Remove a postmaster.pid whose number now belongs to somebody else: Postgres would refuse to start."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    if str(data) not in identity(pid):
        (data / "postmaster.pid").unlink()


def marked(mark: str) -> set[int]:
    """Pids with this mark in their environment: children whose own parent was killed. None where there is no /proc."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}\0".encode() in (folder / "environ").read_bytes():
                found.add(int(folder.name))
        except OSError:
            continue
    return found


def _is_postgres(pid: int) -> bool:
    return "postgres" in identity(pid).split(" -D ")[0]


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
