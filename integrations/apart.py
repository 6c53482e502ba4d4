"""A script of ours in a process of its own, with limits of its own: a file made to break a decoder breaks only that."""

import json
import os
import subprocess
import sys
from pathlib import Path


class Broken(Exception):
    """The script failed, or took too long. What it was to write is gone."""


def run(script: Path, *arguments: str, writes: tuple[Path, ...], seconds: float) -> dict:
    """What it printed, read as JSON. Raises Broken."""
    # -I: nothing beside the script, and nothing in the environment, can be imported in place of the libraries.
    command = [sys.executable, "-I", str(script), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env={"PATH": os.environ.get("PATH", "")},
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        for each in writes:
            each.unlink(missing_ok=True)
        raise Broken from error
    return json.loads(done.stdout)
