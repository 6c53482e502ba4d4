"""Files that patients sent: fetched from the provider within seconds, tried again for a week, refused when unsafe.

A file is downloaded and redrawn outside any scope, in a folder of its own that is gone afterwards. The row is the
ledger: a try takes it by moving `due_at` ahead, so a worker that dies only delays the next try.
"""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop

from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.uploads import incoming
from integrations.credentials import credentials_of
from integrations.events import ErrorClass, ProviderError
from integrations.pictures import BadPicture
from integrations.whatsapp import media

from . import bells, files, realtime, sounds
from .models import Attachment
from .rounds import in_each_clinic

logger = logging.getLogger(__name__)

State = Attachment.State
LEASE = timedelta(minutes=6)  # longer than two downloads and a redrawing may take
PAUSES = [timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800, 3600, 6 * 3600)]
GIVE_UP_AFTER = timedelta(days=7)  # Meta keeps what patients sent for seven days
OVERDUE = timedelta(seconds=10)  # before that the bell is probably still on its way
RUNG_AT_ONCE = 100  # per clinic and sweep, so that a backlog does not fill the queue many times over
UPLOADS_KEPT = timedelta(days=1)
LEFT_SECONDS = 3600

GONE = gettext_noop("WhatsApp no longer has this file. Ask the patient to send it again.")
TOO_LARGE = gettext_noop("This file was refused: it is larger than 100 MB.")
NOT_AS_SAID = gettext_noop("This file was refused: it is not the kind of file it claims to be.")
BAD_PICTURE = gettext_noop("This file was refused: the picture is damaged or unsafe.")
NOT_THEIRS = gettext_noop("This file was refused: it does not come from WhatsApp.")
NOT_GIVEN = gettext_noop("WhatsApp did not hand out this file. Ask the patient to send it again.")
EXPIRED = gettext_noop("This file could not be fetched within seven days. Ask the patient to send it again.")

FINAL = {
    media.Gone: (State.FAILED, GONE),
    media.TooLarge: (State.REJECTED, TOO_LARGE),
    media.Mismatch: (State.REJECTED, NOT_AS_SAID),
    media.Refused: (State.REJECTED, NOT_THEIRS),
    BadPicture: (State.REJECTED, BAD_PICTURE),
}


def fetch(clinic_id: UUID, attachment_id: UUID) -> None:
    """Fetch one waiting file, check it and store it. Does nothing when it is not due, or another worker has it."""
    with clinic_scope(clinic_id):
        attachment = _claim(attachment_id)
        credentials = attachment and credentials_of(attachment.channel)
    if attachment is None:
        return
    try:
        with _folder() as folder:
            found = media.fetch(
                credentials,
                attachment.external_id,
                folder,
                sha256=attachment.digest,
                declared_type=attachment.declared_type,
            )
            files.store(attachment, files.check(found.path, found.content_type, folder))
            sounds.expect(attachment)
    except (media.MediaError, BadPicture) as error:
        attachment.state, attachment.problem = FINAL.get(type(error), (State.FAILED, NOT_GIVEN))
    except Exception as error:  # also what breaks our own code: an untold file would be tried for ever
        _plan_next(attachment, error)
    with clinic_scope(clinic_id):
        _record(attachment)


def due() -> list[tuple[UUID, UUID]]:
    """(clinic, attachment) of waiting files whose bell was lost or whose pause is over."""
    return [found for each in in_each_clinic(_overdue) for found in each]


def _overdue(clinic_id: UUID) -> list[tuple[UUID, UUID]]:
    before = timezone.now() - OVERDUE
    waiting = Attachment.objects.filter(state=State.WAITING, due_at__lte=before).order_by("due_at")
    return [(clinic_id, pk) for pk in waiting.values_list("pk", flat=True)[:RUNG_AT_ONCE]]


def forget_unsent_uploads() -> int:
    """Delete files of the active clinic that were uploaded a day ago and never sent; returns how many."""
    old = Attachment.objects.filter(message=None, created_at__lt=timezone.now() - UPLOADS_KEPT)
    rows = list(old.select_for_update(skip_locked=True))
    files.forget(rows)
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def forget_left_files() -> None:
    """Remove what a killed process was downloading or being sent."""
    before = time.time() - LEFT_SECONDS
    for entry in incoming().iterdir():
        with suppress(FileNotFoundError):  # its owner may finish meanwhile
            if entry.stat().st_mtime < before:
                _remove(entry)


def _remove(entry: Path) -> None:
    if entry.is_dir():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)


def _claim(attachment_id: UUID) -> Attachment | None:
    """The file, ours to fetch for a while. None when it is not due, somebody else has it, or it is given up."""
    now = timezone.now()
    waiting = Attachment.objects.filter(pk=attachment_id, state=State.WAITING, due_at__lte=now)
    attachment = (
        waiting.select_for_update(of=["self"], skip_locked=True).select_related("channel", "message").first()
    )
    if attachment is None:
        return None
    attachment.attempts += 1
    # A try that kills its worker comes back no faster than one that fails.
    attachment.due_at = now + max(LEASE, _pause(attachment))
    attachment.save(update_fields=["attempts", "due_at"])
    if now <= attachment.created_at + GIVE_UP_AFTER:
        return attachment
    attachment.state, attachment.problem = State.FAILED, EXPIRED
    _record(attachment)
    return None


def _pause(attachment: Attachment) -> timedelta:
    return PAUSES[min(attachment.attempts, len(PAUSES)) - 1]


def _plan_next(attachment: Attachment, error: Exception) -> None:
    """When to try again; never for what the provider refuses for good or has kept too long."""
    is_final = isinstance(error, ProviderError) and error.error_class is ErrorClass.NEVER
    wish = timedelta(seconds=getattr(error, "retry_after", None) or 0)
    next_at: datetime = timezone.now() + max(_pause(attachment), wish)
    if is_final:
        attachment.state, attachment.problem = State.FAILED, NOT_GIVEN
    elif next_at > attachment.created_at + GIVE_UP_AFTER:
        attachment.state, attachment.problem = State.FAILED, EXPIRED
    else:
        attachment.due_at = next_at
    logger.warning(
        "file_not_fetched",
        extra={
            "attachment_id": attachment.pk,
            "attempts": attachment.attempts,
            "code": getattr(error, "code", type(error).__name__),
            "state": attachment.state,
        },
    )


def _record(attachment: Attachment) -> None:
    """Keep the outcome, unless a later try has taken over meanwhile."""
    mine = Attachment.objects.filter(pk=attachment.pk, state=State.WAITING, attempts=attachment.attempts)
    names = ("state", "problem", "due_at", "content_type", "file", "thumbnail", "size", "width", "height")
    names += ("playable_state",)
    kept = mine.update(**{name: getattr(attachment, name) for name in names})
    if kept and attachment.playable_state == Attachment.Twin.WAITING:
        bells.ring(bells.PREPARE_SOUND, attachment.clinic_id, attachment.pk)
    if not kept and not Attachment.objects.filter(pk=attachment.pk).exists():
        files.forget([attachment])  # its message was deleted meanwhile
    if kept and attachment.state != State.WAITING and attachment.message:
        realtime.publish(realtime.topic(attachment.message.conversation_id))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=incoming()) as folder:
        yield Path(folder)
