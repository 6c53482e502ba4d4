"""Asking a worker to look at the ledger. A bell carries ids only, and a lost one is rung again by a sweeper."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

DRAIN = "inbox.tasks.drain"
DELIVER = "inbox.tasks.deliver"
FETCH = "inbox.tasks.fetch_attachment"
SHOW_READ = "inbox.tasks.show_read"
SYNC_TEMPLATES = "inbox.tasks.sync_channel_templates"


def ring(task: str, *ids) -> None:
    """Ring once the transaction is committed."""
    transaction.on_commit(partial(ring_now, task, *ids))


def ring_now(task: str, *ids) -> None:
    """Ring without waiting for Valkey, and without failing when it is away."""
    arguments = [each if isinstance(each, int) else str(each) for each in ids]
    try:
        current_app.send_task(task, arguments, retry=False)
    except (OperationalError, OSError):
        logger.warning("bell_not_rung", extra={"task": task})


def fetch_templates(sender, channel, **news) -> None:
    """A number was connected: its templates are wanted before the next round."""
    ring(SYNC_TEMPLATES, channel.clinic_id, channel.pk)
