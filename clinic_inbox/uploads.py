"""Uploads too large for memory are written below DATA_DIR: /tmp may be memory, and nobody sweeps it."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler


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
