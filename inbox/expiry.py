"""What a clinic keeps for a time only, by its own rules: messages, their files, what providers reported.

Time counts from when something came here. What is not settled yet is never deleted. Files go before their rows, so
that a worker that dies leaves rows for the next run and never a file that nothing knows of. A webhook that is read
again after its message was deleted does not bring it back (intake/terms.py).
"""

import logging
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope, uuid7_of
from clinics import audit
from integrations.models import ChannelEvent

from . import files
from .models import (
    MONTH,
    Amendment,
    Attachment,
    Attempt,
    Conversation,
    KeptDraft,
    Mention,
    Message,
    NoteAnswer,
    Pin,
    Reaction,
    RetentionRule,
    StatusEvent,
)
from .rounds import for_each_clinic, in_batches

logger = logging.getLogger(__name__)

BATCH = 500  # rows of one transaction, so that nobody waits long for a lock
MOST_BATCHES = 200  # of one clinic, subject and run; the next run goes on
State = Message.State
ON_THE_WAY = (State.SCHEDULED, State.QUEUED, State.CLAIMED, State.UNCERTAIN)

Subject = RetentionRule.Subject


def expire() -> None:
    """Apply every clinic's rules. A clinic that fails is logged; the others go on."""
    for_each_clinic(expire_clinic)


def expire_clinic(clinic_id: UUID) -> dict[str, int]:
    """Delete what is past its time in one clinic; returns how many rows of each subject. Call outside clinic_scope().

    What its rules deleted is noted in the audit log, by number.
    """
    with clinic_scope(clinic_id):
        rules = dict(RetentionRule.objects.values_list("subject", "months"))
    deleted = {}
    for subject, delete in DELETE.items():
        if months := rules.get(subject):
            old = partial(delete, timezone.now() - months * MONTH)
            deleted[subject] = in_batches(clinic_id, old, size=BATCH, most=MOST_BATCHES)
    if any(deleted.values()):
        with clinic_scope(clinic_id):
            audit.record("retention.applied", actor="retention", detail=deleted)
        logger.info("expired", extra={"clinic_id": clinic_id, "count": sum(deleted.values())})
    return deleted


def delete_messages(before: datetime) -> int:
    """Delete one batch of messages that came before a moment, with all that hangs on them; returns how many."""
    old = Message.objects.filter(pk__lt=uuid7_of(before), sent_at__lt=before).exclude(state__in=ON_THE_WAY)
    locked = old.order_by("pk").select_for_update()  # nobody sends one of them anew meanwhile
    rows = dict(locked.values_list("pk", "conversation_id")[:BATCH])
    files.forget(Attachment.objects.filter(message__in=rows).select_for_update())
    for model in (Attempt, StatusEvent, Reaction, Attachment):
        model.objects.filter(message__in=rows).delete()
    for model in (Mention, Pin):
        model.objects.filter(note__in=rows).delete()
    NoteAnswer.objects.filter(Q(note__in=rows) | Q(answer__in=rows)).delete()
    Message.objects.filter(pk__in=rows).delete()
    Amendment.objects.filter(amended_at__lt=before).delete()
    KeptDraft.objects.filter(updated_at__lt=before).delete()
    # The list shows the first words of the newest message, which is gone too.
    emptied = Conversation.objects.filter(pk__in=set(rows.values()), last_message_at__lt=before)
    emptied.exclude(preview="").update(preview="")
    return len(rows)


def delete_files(before: datetime) -> int:
    """Delete one batch of files that came before a moment; their messages say so. Returns how many."""
    stored = Attachment.objects.filter(
        pk__lt=uuid7_of(before), state=Attachment.State.STORED, created_at__lt=before
    )
    settled = stored.exclude(message=None).exclude(message__state__in=ON_THE_WAY)
    rows = list(settled.order_by("pk").select_for_update(of=["self"])[:BATCH])
    files.forget(rows)
    cleared = {"state": Attachment.State.EXPIRED, "file": "", "thumbnail": "", "digest": "", "filename": ""}
    cleared |= {
        "playable_state": "",
        "playable_file": "",
        "playable_type": "",
        "peaks": None,
        "seconds": None,
    }
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).update(**cleared)
    return len(rows)


def delete_reports(before: datetime) -> int:
    """Delete one batch of what providers told of the channels before a moment; returns how many."""
    old = ChannelEvent.objects.filter(pk__lt=uuid7_of(before), created_at__lt=before).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:BATCH])
    ChannelEvent.objects.filter(pk__in=ids).delete()
    return len(ids)


DELETE = {
    Subject.MESSAGES.value: delete_messages,
    Subject.FILES.value: delete_files,
    Subject.REPORTS.value: delete_reports,
}
