"""Asking a worker to look at the ledger. A bell carries ids only, and a lost one is rung again by a sweeper."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu import pools
from kombu.exceptions import LimitExceeded, OperationalError

from clinic_inbox.valkey import SECONDS, Latch

logger = logging.getLogger(__name__)

DRAIN = "inbox.tasks.drain"
DELIVER = "inbox.tasks.deliver"
ERASE = "inbox.tasks.erase"
ATTEND = "inbox.tasks.attend"
FETCH = "inbox.tasks.fetch_attachment"
PREPARE_SOUND = "inbox.tasks.prepare_sound"
SHOW_READ = "inbox.tasks.show_read"
SYNC_TEMPLATES = "inbox.tasks.sync_channel_templates"
# A worker may listen for seconds on its connection; who rings has somebody waiting. Retries are kombu's own.
IMPATIENT = {
    "socket_timeout": SECONDS,
    "socket_connect_timeout": SECONDS,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
_latch = Latch()


def ring(task: str, *ids) -> None:
    """Ring once the transaction is committed."""
    transaction.on_commit(partial(ring_now, task, *ids))


def ring_now(task: str, *ids) -> None:
    """Ring without waiting for Valkey, and without failing when it is away."""
    if _latch.is_shut:
        return
    arguments = [each if isinstance(each, int) else str(each) for each in ids]
    connection = current_app.connection_for_write(connect_timeout=SECONDS, transport_options=IMPATIENT)
    try:
        with pools.producers[connection].acquire(block=True, timeout=SECONDS) as producer:
            current_app.send_task(task, arguments, retry=False, producer=producer)
    except (OperationalError, LimitExceeded, OSError):
        _latch.shut()
        logger.warning("bell_not_rung", extra={"task": task})


def fetch_templates(sender, channel, **news) -> None:
    """A number was connected: its templates are wanted before the next round."""
    ring(SYNC_TEMPLATES, channel.clinic_id, channel.pk)
