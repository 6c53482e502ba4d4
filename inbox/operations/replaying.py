"""Held webhooks are read once more, after a fault was repaired or a number connected."""

from django.db.models import QuerySet
from django.utils import timezone

from clinics import audit
from clinics.models import Member
from integrations.models import WebhookEvent

from .. import bells, health

State = WebhookEvent.State


def replay(events: QuerySet[WebhookEvent]) -> int:
    """Let stored webhooks be read again; returns how many. What had its effect has no second one."""
    shards = list(events.order_by("shard").values_list("shard", flat=True).distinct())
    count = events.update(state=State.WAITING, attempts=0, error="", due_at=timezone.now(), done_at=None)
    for shard in shards:
        bells.ring(bells.DRAIN, shard)
    return count


def replay_own(by: Member) -> int:
    """The same for what is held of the clinic's own Meta apps; noted in the audit log."""
    count = replay(health.held_webhooks())
    audit.record("webhooks.replayed", member=by, detail={"count": count})
    return count
