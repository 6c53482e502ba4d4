"""The bad files: each built here, with what becomes of it when a patient sends it and when somebody uploads it."""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache

from PIL import Image

from inbox import media

from .files import HTML, OGG, PDF, SVG, jpeg, png_bomb

MB = 1024 * 1024
SCRIPT = b"<script>window.__xss=1</script>"
PLACE = b"SecretPhoneMaker"  # what EXIF tells beside the place
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/secret\nfile:///etc/passwd\n"
BINARY = "application/octet-stream"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REFUSED = ""  # as the type that is served


@dataclass(frozen=True)
class BadFile:
    """A file as it is sent, and what becomes of it: the type it is served with, or the words it is refused with."""

    body: bytes
    declared: str
    kind: str = "document"
    served: str = REFUSED
    problem: str = ""
    uploaded: str = REFUSED  # the type it is kept with when a member or a machine uploads it
    gone: bytes = b""  # what must not be left in it

    @property
    def state(self) -> str:
        return "stored" if self.served else "rejected"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*extra: bytes, side=16) -> bytes:
    """A picture of one colour, with these chunks before its pixels."""
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side * 4 + 1) * side, 1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), *extra, chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    )


@cache
def much() -> bytes:
    """A hundred megabytes of nothing, packed."""
    return zlib.compress(b"A" * 100 * MB, 1)


@cache
def film(frames: int, side=4, format_="WEBP") -> bytes:
    """A moving picture."""
    images = [Image.new("RGB", (side, side), colour) for colour in ("red", "lime", "blue", "white")]
    shown, file = [images[index % 4] for index in range(frames)], io.BytesIO()
    shown[0].save(file, format_, save_all=True, append_images=shown[1:], duration=50)
    return file.getvalue()


@cache
def zipped(name: str, size: int) -> bytes:
    """An archive whose one entry is this large, unpacked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, b"\0" * size)
    return file.getvalue()


def with_exif(format_: str) -> bytes:
    """A picture that tells where and with what it was taken."""
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x010F] = PLACE.decode()
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    Image.new("RGB", (32, 32), "teal").save(file, format_, exif=exif)
    return file.getvalue()


def gif() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, "GIF", comment=SCRIPT)
    return file.getvalue()


def pdf(action: bytes) -> bytes:
    """A document that wants to do something when it is opened."""
    return PDF + b"1 0 obj\n<< /Type /Catalog /OpenAction << " + action + b" >> >>\nendobj\n"


MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x10mdat" + b"\0" * 8
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + b"Exif\0\0" + PLACE
EXE = b"MZ\x90\0" + b"\0" * 200
SEEN, HEARD, FILM = {"kind": "image"}, {"kind": "audio"}, {"kind": "video"}
LIE, BROKEN = {"problem": media.NOT_AS_SAID}, {"problem": media.BAD_PICTURE}
DOWNLOAD = {"served": BINARY}


def kept(type_: str, **options) -> dict:
    """Kept with this type on every way in."""
    return {"served": type_, "uploaded": type_} | options


def corpus() -> dict[str, BadFile]:
    """All bad files by name."""
    return {name: BadFile(body, declared, **options) for name, (body, declared, options) in _files().items()}


def _files() -> dict[str, tuple[bytes, str, dict]]:
    return _scripts() | _two_at_once() | _bombs() | _lies() | _traces() | _harmless()


def _scripts() -> dict:
    return {
        "svg": (SVG, "image/svg+xml", DOWNLOAD),
        "svg as png": (SVG, "image/png", SEEN | LIE),
        "html": (HTML, "text/html", DOWNLOAD),
        "html as jpeg": (HTML, "image/jpeg", SEEN | LIE),
        "html as pdf": (HTML, "application/pdf", LIE),
        "html as text": (HTML, "text/plain", kept("text/plain; charset=utf-8")),
        "html without a type": (HTML, "", DOWNLOAD),
        "xml": (b"<?xml version='1.0'?>" + SVG, "application/xml", DOWNLOAD),
        "pdf that runs a script": (
            pdf(b"/S /JavaScript /JS (app.alert(1))"),
            "application/pdf",
            kept("application/pdf"),
        ),
        "pdf that starts a program": (
            pdf(b"/S /Launch /F (calc.exe)"),
            "application/pdf",
            kept("application/pdf"),
        ),
        "playlist as mp3": (PLAYLIST, "audio/mpeg", HEARD | LIE),
        "playlist as mp4": (PLAYLIST, "video/mp4", FILM | LIE),
        "playlist as text": (PLAYLIST, "text/plain", DOWNLOAD),
        "playlist": (PLAYLIST, "application/vnd.apple.mpegurl", DOWNLOAD),
    }


def _two_at_once() -> dict:
    archive = zipped("META-INF/MANIFEST.MF", 40)
    return {
        "gif that is an archive too": (
            gif() + archive,
            "image/gif",
            SEEN | {"served": "image/gif", "gone": b"META-INF"},
        ),
        "gif with a script in its comment": (
            gif(),
            "image/gif",
            SEEN | {"served": "image/gif", "gone": SCRIPT},
        ),
        "jpeg with a page behind it": (
            jpeg() + HTML,
            "image/jpeg",
            SEEN | kept("image/jpeg", gone=b"<script"),
        ),
        "png with a script in it": (
            png(chunk(b"tEXt", b"Comment\0" + SCRIPT)),
            "image/png",
            SEEN | kept("image/png", gone=SCRIPT),
        ),
        "pdf that is a page too": (PDF + HTML, "application/pdf", kept("application/pdf")),
        "pdf that is a page too, as a page": (PDF + HTML, "text/html", DOWNLOAD),
        "pdf that is an archive too": (PDF + archive, "application/pdf", kept("application/pdf")),
    }


def _bombs() -> dict:
    return {
        "50,000 by 50,000 pixels": (png_bomb(), "image/png", SEEN | BROKEN),
        "packed comment": (png(chunk(b"zTXt", b"Comment\0\0" + much())), "image/png", SEEN | BROKEN),
        "packed text": (png(chunk(b"iTXt", b"C\0\1\0\0\0" + much())), "image/png", SEEN | BROKEN),
        "packed colour profile": (png(chunk(b"iCCP", b"p\0\0" + much())), "image/png", SEEN | BROKEN),
        "sticker of 10,000 frames": (film(10_000), "image/webp", {"kind": "sticker"} | BROKEN),
        "gif of 400 frames": (film(400, format_="GIF"), "image/gif", SEEN | BROKEN),
        "archive of a hundred megabytes": (zipped("0", 100 * MB), "application/zip", DOWNLOAD),
        "document of a hundred megabytes": (zipped("word/document.xml", 100 * MB), DOCX, kept(DOCX)),
    }


def _lies() -> dict:
    return {
        "empty picture": (b"", "image/jpeg", SEEN | LIE),
        "empty text": (b"", "text/plain", {"served": "text/plain; charset=utf-8"}),
        "photo cut off": (jpeg()[:200], "image/jpeg", SEEN | BROKEN),
        "film cut off": (MP4[:20], "video/mp4", FILM | kept("video/mp4")),
        "program as pdf": (EXE, "application/pdf", LIE),
        "program as letter": (EXE, "application/msword", DOWNLOAD),
        "program as film": (EXE, "video/mp4", FILM | LIE),
        "film as picture": (MP4, "image/png", SEEN | LIE),
        "heic as jpeg": (HEIC, "image/jpeg", SEEN | LIE),
        "virus": (EICAR, "text/plain", kept("text/plain; charset=utf-8")),
    }


def _traces() -> dict:
    return {
        f"{format_} that tells the place": (
            with_exif(format_),
            f"image/{format_.lower()}",
            {"kind": kind} | kept(f"image/{format_.lower()}", gone=PLACE),
        )
        for format_, kind in (("JPEG", "image"), ("PNG", "image"), ("WEBP", "sticker"))
    }


def _harmless() -> dict:
    return {
        "heic": (HEIC, "image/heic", DOWNLOAD),
        "voice": (OGG, "audio/ogg; codecs=opus", {"kind": "voice"} | kept("audio/ogg")),
    }


NAMES = {  # as WhatsApp tells them: how a browser is told to call the file
    "../../x": 'attachment; filename="_.._x"',
    "a\x00.png": 'attachment; filename="a_.png"',
    "CON": 'attachment; filename="CON"',
    "x.pdf.exe": 'attachment; filename="x.pdf.exe"',
    "photo\u202egpj.exe": 'attachment; filename="photo_gpj.exe"',
    "n" * 300: f'attachment; filename="{"n" * 240}"',
    '"><img src=x onerror=alert(1)>.pdf': 'attachment; filename="___img src_x onerror_alert(1)_.pdf"',
    "a\r\nSet-Cookie: x": 'attachment; filename="a__Set-Cookie_ x"',
}
