"""A stored file as a response: never as anything that could run in our pages, and in parts when a player asks."""

import re

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from integrations.content_types import serve_as

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)  # int() raises for thousands of digits
CHUNK = 64 * 1024


def serve(request, file: FieldFile, content_type: str, filename: str) -> HttpResponse:
    """The file with the headers that keep it harmless; 206 for one byte range, 416 for one outside the file."""
    served_type, disposition = serve_as(content_type)
    size = file.size
    wanted = _range(request.headers.get("Range", ""), size)
    if wanted is None:
        response = FileResponse(file.open("rb"), content_type=served_type)
        response.headers["Content-Length"] = str(size)
    elif wanted.start >= size:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        response = StreamingHttpResponse(_part(file, wanted), status=206, content_type=served_type)
        response.headers["Content-Length"] = str(len(wanted))
        response.headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    safe_name = re.sub(r"[^\w .()-]", "_", filename).strip(". ") or "file"
    response.headers["Content-Disposition"] = content_disposition_header(
        disposition == "attachment", safe_name
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _range(header: str, size: int) -> range | None:
    """The bytes asked for, `start` past the end when there are none; None for the whole file.

    Several ranges at once, and what is no range, may be answered with the whole file (RFC 9110, 14.2).
    """
    match = RANGE.fullmatch(header.strip())
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        return range(max(0, size - int(last)), size) if int(last) else range(size, size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _part(file: FieldFile, wanted: range):
    with file.open("rb") as opened:
        opened.seek(wanted.start)
        left = len(wanted)
        while left and (chunk := opened.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
