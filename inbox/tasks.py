"""Bells. Each task reads the ledger for what is due; losing one only delays it until the next sweep."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from . import intake

logger = logging.getLogger(__name__)


def ring(task, *ids) -> None:
    """Once committed, ask a worker to run the task. Never waits for Valkey nor fails without it."""
    transaction.on_commit(partial(ring_now, task, *ids))


def ring_now(task, *ids) -> None:
    """Ask a worker to run the task now; when Valkey is away a sweeper does so later."""
    try:
        task.apply_async([str(each) if not isinstance(each, int) else each for each in ids], retry=False)
    except (OperationalError, OSError):
        logger.warning("bell_not_rung", extra={"task": task.name})


@shared_task
def drain(shard: int) -> None:
    """Turn waiting webhooks of one shard into conversations, until none is left."""
    if intake.drain(shard):
        ring_now(drain, shard)


@shared_task
def sweep_intake() -> None:
    """Ring for webhooks whose bell was lost."""
    for shard in intake.shards_waiting():
        ring_now(drain, shard)
