"""Opus into Ogg: what a phone sends as a voice note (RFC 3533, RFC 7845), from packets or from WebM."""

import struct

PRESKIP = 312


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (
                ((value << 1) ^ 0x04C11DB7) & 0xFFFFFFFF if value & 0x80000000 else (value << 1) & 0xFFFFFFFF
            )
        table.append(value)
    return table


CRC = _crc_table()


def crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value = ((value << 8) & 0xFFFFFFFF) ^ CRC[(value >> 24) ^ byte]
    return value


def page(packets: list[bytes], *, position: int, number: int, flags: int) -> bytes:
    """One Ogg page holding whole packets."""
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, 0x51A, number, 0, len(lacing)) + lacing
    body = b"".join(packets)
    return head[:22] + struct.pack("<I", crc(head + body)) + head[26:] + body


def file(packets: list[bytes], samples_per_packet: list[int] | None = None) -> bytes:
    """An Ogg/Opus file, mono, from encoded packets."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, PRESKIP, 48000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 9) + b"simulator" + struct.pack("<I", 0)
    pages = [page([head], position=0, number=0, flags=2), page([tags], position=0, number=1, flags=0)]
    lengths = samples_per_packet or [packet_samples(p) for p in packets]
    position, chunk, segments = 0, [], 0
    for index, packet in enumerate(packets):
        chunk.append(packet)
        segments += len(packet) // 255 + 1
        position += lengths[index]
        last = index == len(packets) - 1
        if last or segments > 200:
            pages.append(page(chunk, position=position, number=len(pages), flags=4 if last else 0))
            chunk, segments = [], 0
    return b"".join(pages)


def packet_samples(packet: bytes) -> int:
    """How long an Opus packet plays, at 48 kHz, from its first byte (RFC 6716, 3.1)."""
    config, count_code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config % 4]
    elif config < 16:
        frame = (480, 960)[config % 2]
    else:
        frame = (120, 240, 480, 960)[config % 4]
    frames = (1, 2, 2, (packet[1] & 63) if len(packet) > 1 else 1)[count_code]
    return frame * frames


def from_webm(content: bytes) -> bytes:
    """Take the Opus packets out of a WebM recording and wrap them as Ogg. Raises ValueError if there are none."""
    packets = list(simple_blocks(content, 0, len(content)))
    if not packets:
        raise ValueError("There is no Opus sound in this recording.")
    return file(packets)


CONTAINERS = {0x18538067, 0x1F43B675, 0xA0}  # Segment, Cluster, BlockGroup
BLOCKS = {0xA3, 0xA1}  # SimpleBlock, Block


def simple_blocks(data: bytes, start: int, end: int):
    """Yield the payload of each block, walking the EBML tree; browsers stream it with unknown sizes."""
    while start < end:
        element, start = vint(data, start, keep_marker=True)
        size, start = vint(data, start, keep_marker=False)
        if element is None or size is None:
            return
        stop = end if size < 0 else min(end, start + size)
        if element in CONTAINERS:
            if size < 0:  # unknown size: its children simply follow
                continue
            yield from simple_blocks(data, start, stop)
        elif element in BLOCKS:
            _, after_track = vint(data, start, keep_marker=False)
            yield data[after_track + 3 : stop]  # skip the timecode and the flags
        start = stop


def vint(data: bytes, at: int, *, keep_marker: bool) -> tuple[int | None, int]:
    """An EBML variable-length number: (value, next offset). -1 is 'size unknown', None is the end."""
    if at >= len(data) or data[at] == 0:
        return None, len(data)
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    if keep_marker:
        return value, at + length
    value &= (1 << (7 * length)) - 1
    return (-1 if value == (1 << (7 * length)) - 1 else value), at + length
