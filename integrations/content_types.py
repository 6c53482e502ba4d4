"""What a file really is, and how a browser may be given it. Names and declared types are claims, bytes are facts."""

import puremagic

UNKNOWN = "application/octet-stream"
HEAD = 4096  # bytes that are enough to tell
ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/opus": "audio/ogg",
    "application/ogg": "audio/ogg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/x-aac": "audio/aac",
    "audio/3gpp": "video/3gpp",
}
PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif"}
PLAYED = {"video/mp4", "video/3gpp", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac"}
OFFICE = "application/vnd.openxmlformats-officedocument."
DOWNLOADED = {
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    f"{OFFICE}wordprocessingml.document",
    f"{OFFICE}spreadsheetml.sheet",
    f"{OFFICE}presentationml.presentation",
    "audio/amr",
    "text/plain",
}


class TypeLies(Exception):
    """The bytes are not what they were said to be."""


def identify(head: bytes, declared: str) -> str:
    """The content type to keep for a file that starts with `head`. Raises TypeLies.

    A type that browsers show must be proven by the first bytes. Another one is believed when the bytes do not speak
    against it; else the file is of unknown type, which is only ever downloaded.
    """
    declared = declared.partition(";")[0].strip().lower()
    declared = ALIASES.get(declared, declared)
    if declared in SIGNATURES:
        if not SIGNATURES[declared](head):
            raise TypeLies
        return declared
    if not declared or declared == UNKNOWN:
        return next((type_ for type_, matches in SIGNATURES.items() if matches(head)), UNKNOWN)
    if declared == "text/plain":
        return declared if _is_text(head) else UNKNOWN
    return declared if declared in DOWNLOADED and declared in _candidates(head) else UNKNOWN


def serve_as(content_type: str) -> tuple[str, str]:
    """(Content-Type, disposition) to send a stored file with; what can carry a script is never shown inline."""
    if content_type in PICTURES or content_type in PLAYED:
        return content_type, "inline"
    if content_type == "text/plain":
        return "text/plain; charset=utf-8", "attachment"
    return (content_type if content_type in DOWNLOADED else UNKNOWN), "attachment"


def _candidates(head: bytes) -> set[str]:
    try:
        return {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _is_text(head: bytes) -> bool:
    if b"\0" in head or head.startswith(b"#EXTM3U"):  # a playlist makes players fetch what it names
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 >= 0  # the last letter may be cut
    return True


def _starts(*starts: bytes):
    return lambda head: head.startswith(starts)


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _is_3gpp(head: bytes) -> bool:
    return _is_mp4(head) and head[8:11] in (b"3gp", b"3g2", b"iso", b"mp4")


def _is_mpeg_audio(head: bytes) -> bool:
    # Frame sync, and a layer: the two bits that are 00 in AAC.
    return head.startswith(b"ID3") or (
        len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 6 > 0
    )


SIGNATURES = {
    "image/jpeg": _starts(b"\xff\xd8\xff"),
    "image/png": _starts(b"\x89PNG\r\n\x1a\n"),
    "image/gif": _starts(b"GIF87a", b"GIF89a"),
    "image/webp": lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP",
    "video/mp4": _is_mp4,
    "audio/mp4": _is_mp4,
    "video/3gpp": _is_3gpp,
    "audio/ogg": _starts(b"OggS"),
    "audio/mpeg": _is_mpeg_audio,
    "audio/aac": _starts(b"\xff\xf1", b"\xff\xf9"),
    "audio/amr": _starts(b"#!AMR"),
    "application/pdf": _starts(b"%PDF-"),
}
