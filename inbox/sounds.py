"""Sounds of messages: how long and how loud they are, and a twin for browsers that cannot play the file itself.

Made after the file came, in a queue of its own; until then, and if it cannot be, there is only the file. The row is the
ledger: a try moves `due_at` ahead, so a worker that dies only delays the next try.
"""

import logging
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.uploads import incoming
from integrations import sounds
from integrations.events import Kind

from . import files, realtime
from .models import Attachment
from .rounds import in_each_clinic

logger = logging.getLogger(__name__)

Twin = Attachment.Twin
LEASE = timedelta(minutes=3)
OVERDUE = timedelta(seconds=10)  # before that the bell is probably still on its way
GIVE_UP_AFTER = timedelta(hours=6)  # a worker that dies of it does so every time
RUNG_AT_ONCE = 50
HEARD = {Kind.VOICE.value, Kind.AUDIO.value}
FIELDS = ("playable_state", "playable_file", "playable_type", "seconds", "peaks")


def expect(attachment: Attachment) -> bool:
    """Mark a stored sound to be listened to; the caller saves and rings. False for what is no sound."""
    if attachment.kind not in HEARD or attachment.state != Attachment.State.STORED:
        return False
    attachment.playable_state, attachment.due_at = Twin.WAITING, timezone.now()
    return True


def prepare(clinic_id: UUID, attachment_id: UUID) -> None:
    """Listen to one sound and make its twin. Does nothing when it is not due, or another worker has it."""
    with clinic_scope(clinic_id):
        attachment = _claim(attachment_id)
    if attachment is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=incoming()) as folder:
            _listen(attachment, Path(folder))
    except Exception as error:  # whatever it is: the file itself stays, and is played where it can be
        attachment.playable_state = Twin.FAILED
        logger.warning(
            "sound_not_read", extra={"attachment_id": attachment_id, "error": type(error).__name__}
        )
    with clinic_scope(clinic_id):
        _record(attachment)


def due() -> list[tuple[UUID, UUID]]:
    """(clinic, attachment) of sounds whose bell was lost or whose worker died."""
    return [found for each in in_each_clinic(_overdue) for found in each]


def _overdue(clinic_id: UUID) -> list[tuple[UUID, UUID]]:
    before = timezone.now() - OVERDUE
    waiting = Attachment.objects.filter(playable_state=Twin.WAITING, due_at__lte=before).order_by("due_at")
    return [(clinic_id, pk) for pk in waiting.values_list("pk", flat=True)[:RUNG_AT_ONCE]]


def _claim(attachment_id: UUID) -> Attachment | None:
    now = timezone.now()
    waiting = Attachment.objects.filter(pk=attachment_id, playable_state=Twin.WAITING, due_at__lte=now)
    attachment = waiting.select_for_update(skip_locked=True).first()
    if attachment is None:
        return None
    attachment.due_at = now + LEASE
    if attachment.state != Attachment.State.STORED or attachment.created_at < now - GIVE_UP_AFTER:
        attachment.playable_state = Twin.FAILED
    attachment.save(update_fields=["due_at", "playable_state"])
    return attachment if attachment.playable_state == Twin.WAITING else None


def _listen(attachment: Attachment, folder: Path) -> None:
    source, twin = folder / "sound", folder / "twin"
    with default_storage.open(attachment.file.name, "rb") as file, source.open("wb") as copy:
        shutil.copyfileobj(file, copy)
    is_wanted = attachment.content_type in sounds.NOT_EVERYWHERE
    heard = sounds.listen(source, attachment.content_type, twin=twin if is_wanted else None)
    attachment.seconds, attachment.peaks = heard.seconds, heard.peaks
    if twin.exists():
        files.store_twin(attachment, twin, sounds.TWIN_TYPE)
    attachment.playable_state = Twin.READY


def _record(attachment: Attachment) -> None:
    """Keep what was heard, unless the file was deleted meanwhile."""
    mine = Attachment.objects.filter(
        pk=attachment.pk, state=Attachment.State.STORED, due_at=attachment.due_at
    )
    if not mine.update(**{name: getattr(attachment, name) for name in FIELDS}):
        if attachment.playable_file.name:
            _forget_twin(attachment)
        return
    message = Attachment.objects.filter(pk=attachment.pk).values_list("message__conversation_id", flat=True)
    if conversation_id := message.first():
        realtime.publish(realtime.topic(conversation_id))


def _forget_twin(attachment: Attachment) -> None:
    """A worker that was overtaken leaves what the other one recorded."""
    if not Attachment.objects.filter(playable_file=attachment.playable_file.name).exists():
        default_storage.delete(attachment.playable_file.name)
