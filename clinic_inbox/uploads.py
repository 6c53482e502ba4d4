"""Uploads too large for memory are written below DATA_DIR: /tmp may be memory, and nobody sweeps it."""

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BelowData(TemporaryFileUploadHandler):
    """Django's handler, with its folder made on first use."""

    def new_file(self, *arguments, **options):
        settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().new_file(*arguments, **options)
