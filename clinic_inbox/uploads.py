"""Uploads too large for memory are written below DATA_DIR: /tmp may be memory, and nobody sweeps it."""

import re
import tempfile
from importlib import import_module
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpResponseForbidden, parse_cookie

from clinic_inbox.api.middleware import PREFIX, TOKEN, find_token
from clinic_inbox.tenancy import clinic_scope

ADDRESSES = re.compile(
    r"/conversations/[0-9a-f-]+/attachments/|/settings/replies/[0-9a-f-]+/files/|/api/v1/attachments/"
)


def of_members_only(get_response):
    """Refuse a stranger's upload before anything reads it: the CSRF check would write it to disk whole.

    Stands behind the middleware that knows the user; the API reads nothing before it has seen the token.
    """

    def middleware(request):
        is_upload = request.method == "POST" and ADDRESSES.fullmatch(request.path)
        if is_upload and not request.path.startswith("/api/") and not request.user.is_authenticated:
            return HttpResponseForbidden("Sign in first.\n", content_type="text/plain")
        return get_response(request)

    return middleware


def is_from_somebody(scope) -> bool:
    """An ASGI request carries a live session or a valid token. What it may do there is for the view to say."""
    headers = {key: value.decode("latin-1") for key, value in scope["headers"]}
    if scope["path"].startswith(PREFIX):
        match = TOKEN.fullmatch(headers.get(b"authorization", ""))
        if match is None:
            return False
        with clinic_scope(UUID(match[2])):
            return find_token(match[1]) is not None
    key = parse_cookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME)
    return bool(key) and SESSION_KEY in import_module(settings.SESSION_ENGINE).SessionStore(key)


def incoming() -> Path:
    """The folder for files on their way in; what a killed process left there is swept after an hour."""
    folder = settings.INCOMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class Arriving(TemporaryUploadedFile):
    """Django's temporary file, in our folder. Django's own setting wants the folder to exist before any command."""

    def __init__(self, name, content_type, size, charset, content_type_extra=None):
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=incoming())  # noqa: SIM115  closing deletes it
        UploadedFile.__init__(self, file, name, content_type, size, charset, content_type_extra)


class BelowData(TemporaryFileUploadHandler):
    """Django's handler for large files, writing to our folder."""

    def new_file(self, *arguments, **options):
        FileUploadHandler.new_file(self, *arguments, **options)
        self.file = Arriving(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)
