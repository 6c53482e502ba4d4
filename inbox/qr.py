"""QR codes, as a drawing that scales and as a picture."""

from io import BytesIO

import qrcode
from qrcode.image.svg import SvgPathImage

BORDER = 4  # modules of white around it: fewer and phones do not find it
PIXELS = 24  # of one module: sharp on a poster


def svg(text: str) -> bytes:
    """The code as an SVG file."""
    return _saved(_code(text).make_image(image_factory=SvgPathImage))


def png(text: str) -> bytes:
    """The code as a PNG file, about 900 pixels wide."""
    return _saved(_code(text).make_image())


def _code(text: str) -> qrcode.QRCode:
    # A quarter of it may be dirty or covered.
    code = qrcode.QRCode(border=BORDER, box_size=PIXELS, error_correction=qrcode.constants.ERROR_CORRECT_Q)
    code.add_data(text)
    code.make()
    return code


def _saved(image) -> bytes:
    file = BytesIO()
    image.save(file)
    return file.getvalue()
