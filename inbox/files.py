"""Files of messages on our own storage: checked, redrawn when they are pictures, named by us, never by the sender."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from clinic_inbox.failpoints import failpoint
from integrations import pictures
from integrations.content_types import PICTURES

from .models import Attachment

NAMES = {  # what browsers and other programs expect after the dot; everything else stays without
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "application/pdf": ".pdf",
}
FILES = ("file", "thumbnail", "playable_file")  # of an attachment; a saved reply's file has no third


@dataclass(frozen=True, slots=True)
class Checked:
    """A file as it may be stored. Width and height in pixels, None for what is no picture."""

    path: Path
    content_type: str
    thumbnail: Path | None = None
    width: int | None = None
    height: int | None = None

    @property
    def size(self) -> int:
        """In bytes."""
        return self.path.stat().st_size


def check(source: Path, content_type: str, folder: Path) -> Checked:
    """The file as it is to be kept: pictures redrawn into `folder`, others unchanged. Raises pictures.BadPicture."""
    if content_type not in PICTURES:
        return Checked(source, content_type)
    target, thumbnail = folder / "picture", folder / "thumbnail"
    picture = pictures.redraw(source, target, thumbnail)
    return Checked(target, picture.content_type, thumbnail, picture.width, picture.height)


def store(attachment: Attachment, checked: Checked) -> Attachment:
    """Put the file on the storage and its description on the attachment, which is not saved. Needs no scope."""
    folder = f"{attachment.clinic_id}/{attachment.pk}"
    name = f"{folder}/file{NAMES.get(checked.content_type, '')}"
    attachment.file.name = _write(name, checked.path)
    if checked.thumbnail:
        attachment.thumbnail.name = _write(f"{folder}/thumbnail.webp", checked.thumbnail)
    attachment.content_type, attachment.size = checked.content_type, checked.size
    attachment.width, attachment.height = checked.width, checked.height
    attachment.state, attachment.problem = Attachment.State.STORED, ""
    return attachment


def store_twin(attachment: Attachment, path: Path, content_type: str) -> None:
    """Put the form of the file that every browser plays beside it; the attachment is not saved. Needs no scope."""
    # Beside the file itself: rows that share it share its folder.
    folder = attachment.file.name.rpartition("/")[0]
    name = f"{folder}/playable-{attachment.pk}{NAMES.get(content_type, '')}"
    attachment.playable_file.name, attachment.playable_type = _write(name, path), content_type


def copy(source, target: Attachment) -> None:
    """Give `target`, which is not saved, files of its own with the bytes of a row whose files were checked already."""
    for field in ("file", "thumbnail"):
        kept = getattr(source, field)
        if kept:
            with kept.open("rb") as content:
                name = f"{target.clinic_id}/{target.pk}/{Path(kept.name).name}"
                getattr(target, field).name = default_storage.save(name, File(content))


def forget(attachments: Iterable[Attachment]) -> None:
    """Delete all files of these attachments; what is already gone is passed over.

    Call it before their rows are changed or deleted, in the same transaction, with the rows locked: whoever dies on
    the way leaves rows that say what is still to be done. After the commit nothing would know these files.
    """
    failpoint("forget")
    for attachment in attachments:
        names = [getattr(attachment, each).name for each in FILES if hasattr(attachment, each)]
        for name in filter(None, names):
            default_storage.delete(name)
        _forget_folder(f"{attachment.clinic_id}/{attachment.pk}")
    failpoint("forgotten")


def _forget_folder(folder: str) -> None:
    """With what a process that died had written there and not recorded."""
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def _write(name: str, path: Path) -> str:
    # An earlier try may have died between writing the file and recording it.
    default_storage.delete(name)
    with path.open("rb") as file:
        return default_storage.save(name, File(file))
