"""Pictures without what came with them: drawn anew from their pixels, the right way up, with a thumbnail."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS = 25
SCRIPT = Path(__file__).with_name("redraw.py")


class BadPicture(Exception):
    """Not a picture, cut off, or too large to draw."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew. Width and height in pixels, turned as it is to be seen."""

    width: int
    height: int
    content_type: str


def redraw(source: Path, target: Path, thumbnail: Path) -> Picture:
    """Write the picture to `target` and at most 480 pixels of it to `thumbnail` (WebP). Raises BadPicture.

    In a process of its own, with limits on memory and time: a file made to break a decoder breaks only that.
    """
    # -I: nothing beside the script, and nothing in the environment, can be imported in place of the libraries.
    command = [sys.executable, "-I", str(SCRIPT), str(source), str(target), str(thumbnail)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env={"PATH": os.environ.get("PATH", "")},
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        target.unlink(missing_ok=True)
        thumbnail.unlink(missing_ok=True)
        raise BadPicture from error
    return Picture(**json.loads(done.stdout))
