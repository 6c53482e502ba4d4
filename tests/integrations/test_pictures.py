"""Pictures are drawn anew: nothing but pixels comes through."""

import io
import struct
import zlib

import pytest
from PIL import Image

from integrations.pictures import BadPicture, Picture, redraw


def picture(format_="JPEG", size=(64, 32), mode="RGB", **options) -> bytes:
    """A picture whose left half is red."""
    image = Image.new(mode, size, "blue" if mode == "RGB" else None)
    image.paste("red" if mode == "RGB" else 255, (0, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def film(frames: int, size=(16, 16), format_="WEBP") -> bytes:
    """A moving picture."""
    colours = ["red", "lime", "blue", "white", "black"]  # far apart, or an encoder makes one frame of them
    images = [Image.new("RGB", size, colours[index % 5]) for index in range(frames)]
    file = io.BytesIO()
    images[0].save(file, format_, save_all=True, append_images=images[1:], duration=50)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be this large, and holds almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def drawn(tmp_path, source: bytes) -> Picture:
    (tmp_path / "in").write_bytes(source)
    return redraw(tmp_path / "in", tmp_path / "out", tmp_path / "small")


def with_exif(**options) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "Secret description"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)  # latitude
    return picture(exif=exif, comment=b"Secret comment", **options)


def test_a_photo_loses_its_place_and_is_turned_the_right_way(tmp_path):
    source = with_exif()

    result = drawn(tmp_path, source)

    assert result == Picture(32, 64, "image/jpeg")
    assert b"Secret" in source
    assert b"Secret" not in (tmp_path / "out").read_bytes()
    with Image.open(tmp_path / "out") as image:
        assert not image.getexif()
        red, _, blue = image.getpixel((16, 8))
        assert red > 200 > 50 > blue


def test_a_thumbnail_is_small_and_bare(tmp_path):
    drawn(tmp_path, with_exif(size=(2000, 1000)))

    with Image.open(tmp_path / "small") as image:
        assert (image.size, image.format, dict(image.getexif())) == ((240, 480), "WEBP", {})


@pytest.mark.parametrize(
    ("source", "content_type"),
    [
        (picture("PNG"), "image/png"),
        (picture("PNG", mode="L"), "image/png"),
        (picture("PNG", mode="RGBA"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (picture("GIF"), "image/gif"),
        (picture("JPEG", mode="CMYK"), "image/jpeg"),
    ],
)
def test_a_picture_keeps_its_format(tmp_path, source, content_type):
    assert drawn(tmp_path, source) == Picture(64, 32, content_type)


def test_a_huge_photo_is_drawn_at_half_its_size(tmp_path):
    assert drawn(tmp_path, picture(size=(8000, 6000))) == Picture(4000, 3000, "image/jpeg")


@pytest.mark.parametrize("format_", ["WEBP", "GIF"])
def test_a_moving_sticker_still_moves(tmp_path, format_):
    drawn(tmp_path, film(5, format_=format_))

    with Image.open(tmp_path / "out") as image:
        assert image.n_frames == 5


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><img src=x></html>",
        picture(size=(640, 640))[:2000],
        picture("PNG", size=(640, 640))[:600],
        png_header(50_000, 50_000),
        picture("PNG", size=(5001, 5000)),
        film(301),
        picture("TIFF"),
        picture("BMP"),
        picture("PPM"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
    ],
    ids=[
        "empty",
        "text",
        "svg",
        "html",
        "cut jpeg",
        "cut png",
        "bomb",
        "large",
        "long film",
        "tiff",
        "bmp",
        "ppm",
        "postscript",
        "jpeg head",
    ],
)
def test_what_is_no_fit_picture_is_refused_and_leaves_nothing(tmp_path, source):
    with pytest.raises(BadPicture):
        drawn(tmp_path, source)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_decoder_that_hangs_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("integrations.pictures.SECONDS", 0.001)

    with pytest.raises(BadPicture):
        drawn(tmp_path, picture())
