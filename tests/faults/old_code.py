"""The product as it was before its last migration, to run beside today's on today's tables."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from clinic_inbox.local.folder import HOME

TELL_COMMANDS = "import json; from clinic_inbox.local.processes import COMMANDS; print(json.dumps(COMMANDS))"


def unpack(folder: Path) -> Path:
    """Put it into this folder. Raises LookupError where the history is not there."""
    if not shutil.which("git"):
        raise LookupError("no git")
    added = _git("log", "--diff-filter=A", "-1", "--format=%H", "--", "*/migrations/0*.py")
    before = added and _git("rev-parse", "--verify", f"{added}^")
    if not before:
        raise LookupError("no history")
    folder.mkdir()
    archive = folder / "old.tar"
    _git("archive", f"--output={archive}", before)
    shutil.unpack_archive(archive, folder, filter="data")
    return folder


def commands(home: Path) -> dict[str, str]:
    """How that code is started."""
    done = subprocess.run(
        [sys.executable, "-c", TELL_COMMANDS], cwd=home, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def _git(*arguments: str) -> str:
    """What git says; "" when it fails."""
    done = subprocess.run(["git", *arguments], cwd=HOME, capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout.strip()
