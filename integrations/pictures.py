"""Pictures without what came with them: drawn anew from their pixels, the right way up, with a thumbnail."""

from dataclasses import dataclass
from pathlib import Path

from . import apart

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
    """Write the picture to `target` and at most 480 pixels of it to `thumbnail` (WebP). Raises BadPicture."""
    written = (target, thumbnail)
    try:
        told = apart.run(SCRIPT, str(source), *map(str, written), writes=written, seconds=SECONDS)
    except apart.Broken as error:
        raise BadPicture from error
    return Picture(**told)
