"""Files that members and machines upload to send: checked as strictly as those of patients, then kept a day unsent."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from clinic_inbox.uploads import incoming
from clinics.models import ApiToken, Member
from integrations import sounds as listening
from integrations.content_types import HEAD, UNKNOWN, TypeLies, identify
from integrations.events import Invalid, Kind
from integrations.models import Channel
from integrations.pictures import BadPicture
from integrations.whatsapp.limits import check_file

from .. import bells, files, sounds
from ..models import Attachment, Conversation

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
LARGEST_RECORDING = 32 * 1024 * 1024  # before it is encoded anew


@dataclass(frozen=True, slots=True)
class Ready:
    """An upload as it will be kept: checked, a picture drawn anew, a recording made a voice note."""

    kind: Kind
    checked: files.Checked
    declared_type: str
    filename: str
    sound: listening.Sound | None


def upload(
    channel: Channel, file: UploadedFile, *, by: Member | ApiToken | None = None, kind: Kind | None = None
) -> Attachment:
    """prepare() and take() in one, for whom nobody waits. Raises Invalid with a sentence."""
    with prepare(file, kind) as ready:
        return take(channel, ready, by=by)


@contextmanager
def prepare(file: UploadedFile, kind: Kind | None = None) -> Iterator[Ready]:
    """Check one file and make of it what will be sent; gone after the block. Raises Invalid with a sentence.

    As a voice note, what browsers record is taken too: it becomes Ogg with Opus, as WhatsApp wants it. This may take a
    minute: call it inside no transaction. Whoever dies here leaves nothing but a folder that is swept; the sender
    still has the file, and was told nothing else.
    """
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=incoming()) as name:
        folder = Path(name)
        made = _made(file, kind, folder)
        kind = kind or KINDS.get(made.content_type, Kind.DOCUMENT)
        check_file(kind, made.content_type, made.path.stat().st_size if made.path else file.size)
        checked = _checked(kind, made.path or _on_disk(file, folder), made.content_type, folder)
        yield Ready(kind, checked, file.content_type[:120], _name_of(file), made.sound)


def take(
    channel: Channel, ready: Ready, *, by: Member | ApiToken | None, conversation: Conversation | None = None
) -> Attachment:
    """Keep what prepare() made; it waits for a message, of this conversation if one is named."""
    attachment = Attachment(
        channel=channel,
        uploaded_by=by if isinstance(by, Member) else None,
        uploaded_with=by if isinstance(by, ApiToken) else None,
        uploaded_for=conversation,
        kind=ready.kind,
        declared_type=ready.declared_type,
        filename=ready.filename,
        seconds=ready.sound and ready.sound.seconds,
        peaks=ready.sound and ready.sound.peaks,
    )
    files.store(attachment, ready.checked)
    is_sound = sounds.expect(attachment)
    attachment.save(force_insert=True)
    if is_sound:
        bells.ring(bells.PREPARE_SOUND, attachment.clinic_id, attachment.pk)
    return attachment


def keep(row, file: UploadedFile) -> None:
    """Check and store a file on a row that describes one as an attachment does; it is not saved. Raises Invalid."""
    content_type = _identify(file)
    row.kind, row.filename = KINDS.get(content_type, Kind.DOCUMENT), _name_of(file)
    check_file(row.kind, content_type, file.size)
    with tempfile.TemporaryDirectory() as name:
        files.store(row, _checked(row.kind, _on_disk(file, Path(name)), content_type, Path(name)))


def _checked(kind: Kind, path: Path, content_type: str, folder: Path) -> files.Checked:
    try:
        checked = files.check(path, content_type, folder)
    except BadPicture as error:
        raise Invalid(_("This picture is damaged or too large.")) from error
    check_file(kind, checked.content_type, checked.size)  # redrawing may have made it larger
    return checked


@dataclass(frozen=True, slots=True)
class _Made:
    """What an upload is: its type and, for a recording, the voice note made of it and how it sounds."""

    content_type: str
    path: Path | None = None
    sound: listening.Sound | None = None


def _made(file: UploadedFile, kind: Kind | None, folder: Path) -> _Made:
    file.seek(0)
    recorded = listening.recorded_type(file.read(HEAD)) if kind == Kind.VOICE else ""
    if not recorded:
        return _Made(_identify(file))
    if file.size > LARGEST_RECORDING:
        raise Invalid(_("This recording is too long."))
    source, note = _on_disk(file, folder), folder / "note"
    try:
        sound = listening.listen(source, recorded, note=None if recorded == listening.NOTE_TYPE else note)
        if recorded == listening.NOTE_TYPE and not sound.is_note:
            listening.listen(source, recorded, note=note)
    except listening.Unreadable as error:
        if recorded == listening.NOTE_TYPE:  # ours to send all the same; WhatsApp may read it
            return _Made(_identify(file))
        raise Invalid(_("This recording could not be read. Record it again.")) from error
    return _Made(listening.NOTE_TYPE, note if note.exists() else source, sound)


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
