"""What is kept for a time only: settled webhooks, changes no screen asks for, uploads never sent, sessions,
tokens of numbers that were never connected.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from clinics.models import Invitation
from integrations import leaving
from integrations.models import WebhookEvent

from . import files, media, realtime
from .models import Amendment, Reaction, SavedReply, SavedReplyFile, StatusEvent
from .rounds import for_each_clinic, in_each_clinic

logger = logging.getLogger(__name__)

ENDED_INVITATIONS_KEPT = timedelta(days=90)
UNPLACED_KEPT = timedelta(days=30)  # statuses, reactions and edits whose message never came
DELETED_REPLIES_KEPT = timedelta(days=30)
BATCH = 5000  # rows per statement, so that no lock is held for long


def purge() -> None:
    """Delete everything past its time, in every clinic."""
    count = forget_settled_webhooks()
    count += Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
    count += sum(in_each_clinic(_purge_clinic))
    count += sum(for_each_clinic(leaving.forget_old))
    logger.info("purged", extra={"count": count})


def _purge_clinic(_clinic_id: UUID) -> int:
    count = realtime.forget_old_changes() + media.forget_unsent_uploads()
    return count + _forget_leftovers()


def _forget_leftovers() -> int:
    """Invitations that have long ended, saved replies deleted long ago, what was told of messages that never came.

    Returns how many rows.
    """
    now = timezone.now()
    before = now - UNPLACED_KEPT
    replies = SavedReply.objects.filter(deleted_at__lt=now - DELETED_REPLIES_KEPT)
    files.forget(SavedReplyFile.objects.filter(reply__in=replies).select_for_update())
    leftovers = (
        Invitation.objects.filter(expires_at__lt=now - ENDED_INVITATIONS_KEPT),
        replies,
        StatusEvent.objects.filter(message=None, created_at__lt=before),
        Reaction.objects.filter(message=None, reacted_at__lt=before),
        Amendment.objects.filter(applied_at=None, amended_at__lt=before),
    )
    return sum(rows.delete()[0] for rows in leftovers)


def forget_settled_webhooks() -> int:
    """Delete webhooks past WEBHOOK_RETENTION that were taken in whole; held ones stay until somebody decides.

    Returns how many.
    """
    before = timezone.now() - settings.WEBHOOK_RETENTION
    old = WebhookEvent.objects.filter(state=WebhookEvent.State.DONE, received_at__lt=before).order_by(
        "received_at"
    )
    total = 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        total += WebhookEvent.objects.filter(pk__in=ids).delete()[0]
    return total
