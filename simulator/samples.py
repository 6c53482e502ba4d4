"""Things a patient might send, made on the spot: a photo with a position in it, a PDF, a voice note, a film."""

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from simulator import mp4
from simulator.options import BadInput

VOICE = Path(__file__).with_name("voice.ogg")


@cache
def file(kind: str) -> tuple[bytes, str]:
    """`(bytes, mime type)` of a sample. Raises BadInput for an unknown kind."""
    makers = {
        "image": (photo, "image/jpeg"), "sticker": (sticker, "image/webp"), "video": (mp4.film, "video/mp4"),
        "document": (pdf, "application/pdf"), "audio": (voice, "audio/ogg; codecs=opus"),
        "voice": (voice, "audio/ogg; codecs=opus"),
    }  # fmt: skip
    if kind not in makers:
        raise BadInput(f"There is no sample of kind {kind}.")
    maker, mime_type = makers[kind]
    return maker(), mime_type


def photo() -> bytes:
    """A drawn landscape, as JPEG with a camera's EXIF and a position: the product must take those off."""
    picture = Image.new("RGB", (1200, 900))
    draw = ImageDraw.Draw(picture)
    for row in range(900):
        shade = row / 900
        draw.line(
            [(0, row), (1200, row)],
            fill=(int(120 + 110 * shade), int(170 + 40 * shade), int(215 - 40 * shade)),
        )
    draw.ellipse([840, 130, 1000, 290], fill=(255, 238, 190))
    draw.polygon([(0, 640), (330, 330), (690, 640)], fill=(76, 110, 120))
    draw.polygon([(380, 640), (760, 400), (1200, 640)], fill=(94, 132, 130))
    draw.rectangle([0, 640, 1200, 900], fill=(150, 170, 120))
    draw.polygon([(560, 900), (590, 640), (620, 640), (760, 900)], fill=(222, 208, 170))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Fictional Cameras", "Model 0"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 0.0), 3: "W", 4: (0.0, 7.0, 0.0)})
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82, exif=exif)
    return out.getvalue()


def sticker() -> bytes:
    """A smiling face with a clear background, as WebP."""
    picture = Image.new("RGBA", (512, 512), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([40, 40, 472, 472], fill=(255, 205, 92, 255), outline=(224, 160, 40, 255), width=10)
    draw.ellipse([160, 180, 205, 240], fill=(70, 50, 20, 255))
    draw.ellipse([307, 180, 352, 240], fill=(70, 50, 20, 255))
    draw.arc([150, 200, 362, 380], 20, 160, fill=(70, 50, 20, 255), width=16)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80)
    return out.getvalue()


def pdf() -> bytes:
    """A one-page PDF."""
    title, line = b"(Visit summary - sample)", b"(Fictional. For trying things out.)"
    text = b"BT /F1 22 Tf 60 760 Td %s Tj 0 -34 Td /F1 13 Tf %s Tj ET" % (title, line)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"xref\n0 6\n0000000000 65535 f \n" + rows
    return bytes(out + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table)


def voice() -> bytes:
    """A hummed tune of a few seconds, made with a browser's Opus encoder and wrapped by `ogg.file`."""
    return VOICE.read_bytes()


def referral() -> dict:
    """What a click on an advertisement adds to the first message."""
    return {
        "source_url": "https://fb.me/sample-ad", "source_id": "120210000000000042", "source_type": "ad",
        "headline": "Check-ups without the wait", "body": "Book a visit at the Sample Clinic by message.",
        "media_type": "image", "image_url": "https://scontent.example/sample-ad.jpg",
        "ctwa_clid": "ARAsampleclickid", "welcome_message": {"text": "Hello, how can we help?"},
    }  # fmt: skip


def order() -> dict:
    return {
        "catalog_id": "354160437000000", "text": "For Thursday, please",
        "product_items": [{"product_retailer_id": "CHECKUP", "quantity": 1, "item_price": 40, "currency": "USD"},
                          {"product_retailer_id": "VACCINE", "quantity": 2, "item_price": 15.5, "currency": "USD"}],
    }  # fmt: skip
