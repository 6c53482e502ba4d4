"""Draw a picture anew: `redraw.py SOURCE TARGET THUMBNAIL`. Run by pictures.py in a process of its own.

Whatever hides in the file, a place in its EXIF or an attack on the decoder, stays behind with this process. Knows
nothing of the product. Prints {"width", "height", "content_type"}; ends with 3 when the file is no fit picture.
"""

import json
import sys
import warnings

from PIL import Image, ImageOps

try:
    import resource
except ImportError:  # Windows: the time limit of the parent still holds
    resource = None

MAX_PIXELS = 25_000_000
MAX_JPEG_PIXELS = 4 * MAX_PIXELS  # decoded at half the width and height, which costs no more
MAX_FILM_PIXELS = 75_000_000  # all frames of a moving sticker together
MAX_FRAMES = 300
MAX_MEMORY = 512 * 1024 * 1024  # the largest of the above need 420 MB; the kernel refuses more
CPU_SECONDS = 20
THUMBNAIL = (480, 480)
SAVING = {"JPEG": {"quality": 90}, "WEBP": {"quality": 90}, "PNG": {"compress_level": 3}}
FORMATS = ["JPEG", "PNG", "WEBP", "GIF"]


def main(source: str, target: str, thumbnail: str) -> None:
    """Redraw one picture."""
    _limit()
    Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS
    warnings.simplefilter("error")  # Pillow only warns up to twice the limit
    with Image.open(source, formats=FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            picture.draft(None, (picture.width // 2, picture.height // 2))  # does nothing to other formats
        if picture.width * picture.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        format_ = "JPEG" if picture.format == "MPO" else picture.format
        frames = getattr(picture, "n_frames", 1)
        is_film = format_ in ("GIF", "WEBP") and frames > 1
        if is_film and (frames > MAX_FRAMES or frames * picture.width * picture.height > MAX_FILM_PIXELS):
            raise ValueError("too many frames")
        if is_film:
            size = _save_film(picture, format_, target)
            picture.seek(0)
            still = picture.convert("RGBA")
        else:
            ImageOps.exif_transpose(picture, in_place=True)  # a copy would cost 100 MB
            still = _plain(picture, format_)
            still.save(target, format_, **SAVING.get(format_, {}))
            size = still.size
    still.thumbnail(THUMBNAIL)
    still.save(thumbnail, "WEBP", quality=80)
    print(json.dumps({"width": size[0], "height": size[1], "content_type": f"image/{format_.lower()}"}))


def _plain(picture: Image.Image, format_: str) -> Image.Image:
    """A copy that holds pixels only: no EXIF, no colour profile, no comment."""
    is_clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    pixels = picture.convert("RGBA" if is_clear and format_ != "JPEG" else "RGB")
    pixels.info.clear()
    return pixels


def _save_film(picture: Image.Image, format_: str, target: str) -> tuple[int, int]:
    frames, durations = [], []
    for index in range(picture.n_frames):
        picture.seek(index)
        frame = picture.convert("RGBA")
        durations.append(max(20, int(picture.info.get("duration", 100))))
        frame.info.clear()
        frames.append(frame)
    first, *rest = frames
    first.save(target, format_, save_all=True, append_images=rest, duration=durations, loop=0, disposal=2)
    return first.size


def _limit() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        print(type(error).__name__, file=sys.stderr)
        sys.exit(3)
