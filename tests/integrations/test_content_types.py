"""A file is what its bytes say, and is served so that no browser runs it."""

import io
import zipfile

import pytest

from integrations.content_types import OFFICE, UNKNOWN, TypeLies, identify, serve_as

DOCX = f"{OFFICE}wordprocessingml.document"


def zipped() -> bytes:
    """The start of an office document."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return file.getvalue()


HEADS = {
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "video/mp4": b"\x00\x00\x00\x20ftypisom",
    "video/3gpp": b"\x00\x00\x00\x18ftyp3gp4",
    "audio/mp4": b"\x00\x00\x00\x20ftypM4A ",
    "audio/ogg": b"OggS\x00\x02",
    "audio/mpeg": b"ID3\x03",
    "audio/aac": b"\xff\xf1\x50\x80",
    "audio/amr": b"#!AMR\n",
    "application/pdf": b"%PDF-1.7\n",
}


@pytest.mark.parametrize("declared", HEADS)
def test_a_file_that_is_what_it_says_keeps_its_type(declared):
    assert identify(HEADS[declared], declared) == declared


@pytest.mark.parametrize("declared", HEADS)
@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<svg xmlns='x'>",
        b"<!DOCTYPE html>",
        b"MZ\x90",
        b"#EXTM3U\nfile:///etc/passwd",
        b"\x00" * 16,
        b"PK\x03\x04",
    ],
)
def test_a_file_that_is_not_what_it_says_is_a_lie(head, declared):
    with pytest.raises(TypeLies):
        identify(head, declared)


@pytest.mark.parametrize(
    ("head", "declared", "kept"),
    [
        (b"OggS\x00\x02", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"\xff\xd8\xff", "IMAGE/JPG", "image/jpeg"),
        (b"\xff\xfb\x90", "audio/mp3", "audio/mpeg"),
        (b"%PDF-1.4", "", "application/pdf"),
        (b"%PDF-1.4", "application/octet-stream", "application/pdf"),
        (b"just words", "text/plain", "text/plain"),
        ("ü".encode() * 2000, "text/plain", "text/plain"),
        (zipped(), DOCX, DOCX),
        (b"\x00\x01binary", "text/plain", UNKNOWN),
        (b"#EXTM3U\nhttp://x.example", "text/plain", UNKNOWN),
        (b"<svg/>", "image/svg+xml", UNKNOWN),
        (b"<html>", "text/html", UNKNOWN),
        (b"<?xml?>", "application/xml", UNKNOWN),
        (b"MZ\x90", DOCX, UNKNOWN),
        (b"\x00\x00\x00\x18ftypheic", "image/heic", UNKNOWN),
        (b"anything", "", UNKNOWN),
    ],
)
def test_a_file_gets_a_type_that_can_be_believed(head, declared, kept):
    assert identify(head, declared) == kept


@pytest.mark.parametrize(
    "content_type", ["image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "audio/ogg"]
)
def test_what_only_shows_or_plays_is_served_inline(content_type):
    assert serve_as(content_type) == (content_type, "inline")


@pytest.mark.parametrize(
    ("content_type", "served"),
    [
        ("application/pdf", "application/pdf"),
        (DOCX, DOCX),
        ("text/plain", "text/plain; charset=utf-8"),
        ("image/svg+xml", UNKNOWN),
        ("text/html", UNKNOWN),
        ("application/xhtml+xml", UNKNOWN),
        ("application/xml", UNKNOWN),
        ("text/xml", UNKNOWN),
        ("application/javascript", UNKNOWN),
        ("application/x-shockwave-flash", UNKNOWN),
        ("", UNKNOWN),
        ("image/jpeg\r\nX: y", UNKNOWN),
    ],
)
def test_everything_else_is_downloaded(content_type, served):
    assert serve_as(content_type) == (served, "attachment")
