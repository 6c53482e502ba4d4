"""Bells. Each task reads the ledger for what is due; losing one only delays it until the next sweep."""

from celery import shared_task

from . import bells, intake


def ring(task, *ids) -> None:
    """Once committed, ask a worker to run the task. Never waits for Valkey nor fails without it."""
    bells.ring(task.name, *ids)


@shared_task
def drain(shard: int) -> None:
    """Turn waiting webhooks of one shard into conversations, until none is left."""
    if intake.drain(shard):
        bells.ring_now(bells.DRAIN, shard)


@shared_task
def sweep_intake() -> None:
    """Ring for webhooks whose bell was lost."""
    for shard in intake.shards_waiting():
        bells.ring_now(bells.DRAIN, shard)
