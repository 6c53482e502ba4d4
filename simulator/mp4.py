"""A short H.264 film made by hand: raw (I_PCM) macroblocks for the first picture, 'as before' for the rest.

Every player takes it, and nothing had to be encoded. See ITU-T H.264, 7.3, and ISO/IEC 14496-12 for the boxes.
"""

import struct


class Bits:
    """A bit string being written."""

    def __init__(self):
        self.bits: list[int] = []

    def u(self, value: int, width: int) -> None:
        self.bits.extend((value >> shift) & 1 for shift in range(width - 1, -1, -1))

    def ue(self, value: int) -> None:
        width = (value + 1).bit_length()
        self.u(value + 1, 2 * width - 1)

    def se(self, value: int) -> None:
        self.ue(2 * value - 1 if value > 0 else -2 * value)

    def align(self) -> None:
        self.bits.extend([0] * (-len(self.bits) % 8))

    def raw(self, data: bytes) -> None:
        for byte in data:
            self.u(byte, 8)

    def trail(self) -> bytes:
        self.bits.append(1)
        self.align()
        return bytes(int("".join(map(str, self.bits[i : i + 8])), 2) for i in range(0, len(self.bits), 8))


def nal(kind: int, payload: bytes) -> bytes:
    """A NAL unit, with the bytes that must not look like a start code broken up."""
    out, zeros = bytearray([kind]), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def sequence_parameters(width: int, height: int) -> bytes:
    bits = Bits()
    bits.u(66, 8), bits.u(0xC0, 8), bits.u(30, 8)  # constrained baseline, level 3.0
    (
        bits.ue(0),
        bits.ue(0),
        bits.ue(2),
        bits.ue(1),
        bits.u(0, 1),
    )  # id, frame numbers, order, one reference, no gaps
    bits.ue(width // 16 - 1), bits.ue(height // 16 - 1)
    bits.u(1, 1), bits.u(1, 1), bits.u(0, 1), bits.u(0, 1)  # frames only, 8x8 inference, no crop, no VUI
    return nal(0x67, bits.trail())


def picture_parameters() -> bytes:
    bits = Bits()
    bits.ue(0), bits.ue(0), bits.u(0, 1), bits.u(0, 1), bits.ue(0), bits.ue(0), bits.ue(0)
    bits.u(0, 1), bits.u(0, 2), bits.se(0), bits.se(0), bits.se(0), bits.u(1, 1), bits.u(0, 1), bits.u(0, 1)
    return nal(0x68, bits.trail())


def key_picture(width: int, height: int, colour_at, identity: int) -> bytes:
    """A whole picture: `colour_at(column, row)` gives (Y, Cb, Cr) of each 16x16 block."""
    bits = Bits()
    (
        bits.ue(0),
        bits.ue(7),
        bits.ue(0),
        bits.u(0, 4),
        bits.ue(identity),
    )  # slice: first block, I, PPS, frame 0, id
    bits.u(0, 1), bits.u(0, 1), bits.se(0), bits.ue(1)  # marking flags, quality, no deblocking
    for row in range(height // 16):
        for column in range(width // 16):
            luma, blue, red = colour_at(column, row)
            bits.ue(25)  # I_PCM
            bits.align()
            bits.raw(bytes([luma]) * 256 + bytes([blue]) * 64 + bytes([red]) * 64)
    return nal(0x65, bits.trail())


def still_picture(width: int, height: int, frame: int) -> bytes:
    """A picture that repeats the one before."""
    bits = Bits()
    bits.ue(0), bits.ue(5), bits.ue(0), bits.u(frame % 16, 4)
    bits.u(0, 1), bits.u(0, 1), bits.u(0, 1), bits.se(0), bits.ue(1)
    bits.ue(width * height // 256)  # skip them all
    return nal(0x41, bits.trail())


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", flags), *parts)


MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def film(width: int = 160, height: int = 128, seconds: int = 2, rate: int = 5) -> bytes:
    """A film of two colour fields that swap each second, as MP4 bytes."""
    frames, keys = [], []
    for index in range(seconds * rate):
        second, within = divmod(index, rate)
        if within == 0:
            frames.append(key_picture(width, height, colours(width, second), second))
            keys.append(index + 1)
        else:
            frames.append(still_picture(width, height, within))
    samples = [struct.pack(">I", len(f)) + f for f in frames]
    kind = box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    moov = movie(width, height, samples, keys, rate, 0)
    return (
        kind + movie(width, height, samples, keys, rate, len(kind) + len(moov) + 8) + box(b"mdat", *samples)
    )


def colours(width: int, second: int):
    teal, amber = (110, 140, 90), (170, 70, 160)
    half = width // 32
    return lambda column, row: teal if (column < half) == (second % 2 == 0) else amber


def movie(width: int, height: int, samples: list[bytes], keys: list[int], rate: int, offset: int) -> bytes:
    """The moov box: one video track in one chunk."""
    sps, pps, count = sequence_parameters(width, height), picture_parameters(), len(samples)
    head = full(b"mvhd", struct.pack(">IIIIIHHII", 0, 0, rate, count, 0x10000, 0x100, 0, 0, 0), MATRIX,
                bytes(24), struct.pack(">I", 2))  # fmt: skip
    track = full(b"tkhd", struct.pack(">IIIIIIIHHHH", 0, 0, 1, 0, count, 0, 0, 0, 0, 0, 0), MATRIX,
                 struct.pack(">II", width << 16, height << 16), flags=3)  # fmt: skip
    config = box(b"avcC", b"\x01", sps[1:4], b"\xff\xe1", struct.pack(">H", len(sps)), sps,
                 b"\x01", struct.pack(">H", len(pps)), pps)  # fmt: skip
    entry = box(b"avc1", bytes(6), struct.pack(">H", 1), bytes(16), struct.pack(">HH", width, height),
                struct.pack(">IIIH", 0x480000, 0x480000, 0, 1), bytes(32), struct.pack(">Hh", 24, -1),
                config)  # fmt: skip
    table = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), entry),
        full(b"stts", struct.pack(">III", 1, count, 1)),
        full(b"stss", struct.pack(">I", len(keys)), *(struct.pack(">I", k) for k in keys)),
        full(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
        full(b"stsz", struct.pack(">II", 0, count), *(struct.pack(">I", len(s)) for s in samples)),
        full(b"stco", struct.pack(">II", 1, offset)),
    )
    source = box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1)))
    media = box(
        b"mdia",
        full(b"mdhd", struct.pack(">IIIIHH", 0, 0, rate, count, 0x55C4, 0)),
        full(b"hdlr", struct.pack(">I4s", 0, b"vide"), bytes(12), b"video\0"),
        box(b"minf", full(b"vmhd", bytes(8), flags=1), source, table),
    )
    return box(b"moov", head, box(b"trak", track, media))
