"""Files that members and machines upload to send: checked as strictly as those of patients, then kept a day unsent."""

import tempfile
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from clinics.models import ApiToken, Member
from integrations.content_types import HEAD, UNKNOWN, TypeLies, identify
from integrations.events import Invalid, Kind
from integrations.models import Channel
from integrations.pictures import BadPicture
from integrations.whatsapp.limits import check_file

from .. import files
from ..models import Attachment

KINDS = {  # how a type is sent unless the sender says otherwise
    "image/jpeg": Kind.IMAGE,
    "image/png": Kind.IMAGE,
    "image/webp": Kind.STICKER,
    "video/mp4": Kind.VIDEO,
    "video/3gpp": Kind.VIDEO,
    "audio/aac": Kind.AUDIO,
    "audio/amr": Kind.AUDIO,
    "audio/mpeg": Kind.AUDIO,
    "audio/mp4": Kind.AUDIO,
    "audio/ogg": Kind.AUDIO,
}
LONGEST_NAME = 240


def upload(
    channel: Channel, file: UploadedFile, *, by: Member | ApiToken | None = None, kind: Kind | None = None
) -> Attachment:
    """Check and store one file for this channel; it waits for a message. Raises Invalid with a sentence."""
    content_type = _identify(file)
    kind = kind or KINDS.get(content_type, Kind.DOCUMENT)
    check_file(kind, content_type, file.size)
    attachment = Attachment(
        channel=channel,
        uploaded_by=by if isinstance(by, Member) else None,
        uploaded_with=by if isinstance(by, ApiToken) else None,
        kind=kind,
        declared_type=file.content_type[:120],
        filename=_name_of(file),
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            checked = files.check(_on_disk(file, Path(folder)), content_type, Path(folder))
        except BadPicture as error:
            raise Invalid(_("This picture is damaged or too large.")) from error
        check_file(kind, checked.content_type, checked.size)  # drawing it anew may have made it larger
        files.store(attachment, checked)
    attachment.save(force_insert=True)
    return attachment


def _identify(file: UploadedFile) -> str:
    file.seek(0)
    try:
        return identify(file.read(HEAD), file.content_type or UNKNOWN)
    except TypeLies as error:
        raise Invalid(_("This file is not what its name says.")) from error


def _on_disk(file: UploadedFile, folder: Path) -> Path:
    if hasattr(file, "temporary_file_path"):
        return Path(file.temporary_file_path())
    path = folder / "uploaded"
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return path


def _name_of(file: UploadedFile) -> str:
    """The name as the sender sees it, without folders and control characters; Django has cut the former."""
    return "".join(letter for letter in file.name if letter.isprintable())[-LONGEST_NAME:]
