"""A sound file: what is in it, and the same as a voice note or as an MP4 that every browser plays."""

from dataclasses import dataclass
from pathlib import Path

from . import apart

SECONDS = 60
SCRIPT = Path(__file__).with_name("resound.py")
NOTE_TYPE, TWIN_TYPE = "audio/ogg", "audio/mp4"
DEMUXERS = {
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/amr": "amr",
}
NOT_EVERYWHERE = {
    "audio/ogg",
    "audio/amr",
}  # Safari on older phones plays no Ogg, hardly any browser plays AMR
RECORDED = {
    b"\x1aE\xdf\xa3": "audio/webm",
    b"OggS": "audio/ogg",
}  # and MP4, whose mark stands after its length


class Unreadable(Exception):
    """No sound, not the sound it says, or too much of it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What was heard. `peaks` are 64 whole numbers, 0 to 100, of the loudest moment; `is_note`: Opus, mono."""

    seconds: float
    peaks: list[int]
    is_note: bool


def listen(source: Path, content_type: str, *, note: Path | None = None, twin: Path | None = None) -> Sound:
    """Listen to a sound; write it as a voice note (Ogg, Opus, mono) and as MP4 (AAC) where asked. Raises Unreadable.

    No `twin` is written of what is longer than a quarter of an hour.
    """
    if content_type not in DEMUXERS:
        raise Unreadable
    arguments = (DEMUXERS[content_type], str(source), str(note or "-"), str(twin or "-"))
    writes = tuple(filter(None, (note, twin)))
    try:
        return Sound(**apart.run(SCRIPT, *arguments, writes=writes, seconds=SECONDS))
    except apart.Broken as error:
        raise Unreadable from error


def recorded_type(head: bytes) -> str:
    """What a browser's recorder wrote, by the first bytes; "" when it is none of its kinds."""
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    return next((type_ for mark, type_ in RECORDED.items() if head.startswith(mark)), "")
