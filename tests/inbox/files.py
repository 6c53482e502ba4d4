"""Small files for tests, made here so that nobody has to trust a binary in the repository."""

import io
import struct
import zlib

from PIL import Image


def jpeg(size=(64, 48), *, gps=True) -> bytes:
    """A photo that tells where it was taken."""
    image, out = Image.new("RGB", size, "teal"), io.BytesIO()
    exif = Image.Exif()
    if gps:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x010F] = "SecretPhoneMaker"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def png_bomb(side=50_000) -> bytes:
    """A picture of a few kilobytes that claims billions of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
OGG = b"OggS\0\2" + b"\0" * 22 + b"\1\x13OpusHead" + b"\0" * 200
