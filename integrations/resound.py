"""Listen to a sound: `resound.py FORMAT SOURCE NOTE TWIN`. Run by sounds.py in a process of its own.

FORMAT is the demuxer, so that nothing in the file chooses another one. NOTE, unless "-", gets the sound as a voice note
(Ogg, Opus, mono), copied where it is one already; TWIN, unless "-" or the sound is longer than TWIN_SECONDS, gets it as
MP4 with AAC. Knows nothing of the product.

Prints {"seconds", "peaks", "is_note"}; ends with 3 when there is no sound to be had from the file.
"""

import json
import sys
from array import array
from itertools import pairwise
from pathlib import Path

import av

try:
    import resource
except ImportError:  # Windows: the time limit of the parent still holds
    resource = None

PEAKS = 64
RATE = 8000  # enough to tell how loud it is
STEP = RATE // 100  # samples of one look: 10 ms
MAX_SECONDS = 3600
TWIN_SECONDS = 900  # a longer recording is no voice message: it is downloaded where it cannot be played
MAX_MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 50
HEADROOM = 0.02  # of the loudest possible; below it everything is silence and is not blown up


def main(format_: str, source: str, note: str, twin: str) -> None:
    """Listen to one sound, and write what is asked for."""
    _limit()
    levels, is_note = _listen(format_, source)
    if not levels:
        raise ValueError("silent")
    if note != "-":
        _copy(format_, source, note) if is_note else _encode(format_, source, note, "ogg", "libopus", 32_000)
    if twin != "-" and len(levels) * STEP <= TWIN_SECONDS * RATE:
        _encode(format_, source, twin, "mp4", "aac", 48_000)
    seconds = round(len(levels) * STEP / RATE, 2)
    print(json.dumps({"seconds": seconds, "peaks": _peaks(levels), "is_note": is_note}))


def _open(format_: str, source: str):
    return av.open(source, "r", format=format_, options={"protocol_whitelist": "file"})


def _listen(format_: str, source: str) -> tuple[list[int], bool]:
    """How loud each 10 ms are, 0 to 32768; and whether the sound is encoded as a voice note."""
    levels, rest = [], array("h")
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with _open(format_, source) as container:
        stream = container.streams.audio[0]
        context = stream.codec_context
        is_note = context.name in ("opus", "libopus") and context.channels == 1
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                rest.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
            whole = len(rest) - len(rest) % STEP
            for at in range(0, whole, STEP):
                look = rest[at : at + STEP]
                levels.append(max(max(look), -min(look)))
            del rest[:whole]
            if len(levels) * STEP > MAX_SECONDS * RATE:
                raise ValueError("too long")
    return levels, is_note


def _peaks(levels: list[int]) -> list[int]:
    """The loudest moment of each 64th, in hundredths of the loudest of all."""
    loudest = max(max(levels), int(32768 * HEADROOM))
    edges = [len(levels) * at // PEAKS for at in range(PEAKS + 1)]
    spans = [levels[a : max(b, a + 1)] for a, b in pairwise(edges)]
    return [round(100 * max(span, default=0) / loudest) for span in spans]


def _copy(format_: str, source: str, target: str) -> None:
    """The same packets in Ogg."""
    with _open(format_, source) as container, av.open(target, "w", format="ogg") as out:
        stream = container.streams.audio[0]
        copied = out.add_stream_from_template(stream)
        for packet in container.demux(stream):
            if packet.dts is None:  # the empty one that ends the file
                continue
            packet.stream = copied
            out.mux(packet)


def _encode(format_: str, source: str, target: str, container_format: str, codec: str, bits: int) -> None:
    options = {"movflags": "+faststart"} if container_format == "mp4" else {}
    with (
        _open(format_, source) as container,
        av.open(target, "w", format=container_format, options=options) as out,
    ):
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        stream.bit_rate = bits
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=48_000)
        at = 0
        for frame in _frames(container, resampler):
            frame.pts, at = at, at + frame.samples
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _frames(container, resampler):
    for frame in container.decode(container.streams.audio[0]):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _limit() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


if __name__ == "__main__":
    try:
        av.logging.set_level(av.logging.PANIC)
        main(*sys.argv[1:])
    except Exception as error:
        print(type(error).__name__, file=sys.stderr)
        for path in map(Path, sys.argv[3:]):
            path.unlink(missing_ok=True)
        sys.exit(3)
