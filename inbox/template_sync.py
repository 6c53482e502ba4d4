"""The provider's templates as rows: what is approved, paused or gone, and what each asks for."""

import logging
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from integrations.credentials import credentials_of
from integrations.events import ProviderError
from integrations.models import Channel, Template
from integrations.whatsapp.api import list_templates

from . import realtime
from . import template_decisions as decisions

GONE = "DELETED"
TOLD = ["external_id", "category", "status", "quality", "reason", "parameter_format", "components"]

logger = logging.getLogger(__name__)


def look_again(channel: Channel) -> int:
    """sync_templates() as rounds do it: a provider that refuses is left alone for as long as it asks for.

    Returns how many changed. Call outside clinic_scope().
    """
    rests = f"templates-rest:{channel.pk}"
    if cache.get(rests):
        return 0
    try:
        return sync_templates(channel)
    except ProviderError as error:
        logger.warning("templates_not_synced", extra={"channel_id": channel.pk, "code": error.code})
        if error.retry_after:
            cache.set(rests, True, timeout=error.retry_after)
        return 0


def sync_templates(channel: Channel) -> int:
    """Make the rows of the channel's business account what the provider tells. Returns how many changed.

    Call outside clinic_scope(): the provider is asked in between. Raises ProviderError.
    """
    began = timezone.now()
    told = list_templates(credentials_of(channel))
    with clinic_scope(channel.clinic_id):
        changed = _store(channel, told) + _mark_gone(channel, told, began)
        _rows(channel).update(synced_at=timezone.now())
        if changed:
            realtime.publish("templates")
    return changed


def _store(channel: Channel, told: list[dict]) -> int:
    known = {(row.name, row.language): row for row in _rows(channel)}
    new, changed = [], []
    for item in told:
        row = known.get(_key(item)) or _new(channel, item)
        before, after = [getattr(row, name) for name in TOLD], _read(item)
        if _key(item) in known:
            decisions.follow(row, after)
        for name, value in after.items():
            setattr(row, name, value)
        if _key(item) not in known:
            new.append(row)
        elif before != [getattr(row, name) for name in TOLD]:
            changed.append(row)
    Template.objects.bulk_create(new, ignore_conflicts=True)
    Template.objects.bulk_update(changed, TOLD, batch_size=200)
    return len(new) + len(changed)


def _mark_gone(channel: Channel, told: list[dict], began: datetime) -> int:
    """What the provider does not tell of any more; not what was handed in while it told."""
    present = {_key(item) for item in told}
    rows = _rows(channel).filter(synced_at__lt=began).exclude(status__in=[GONE, Template.DRAFT])
    gone = [row for row in rows if (row.name, row.language) not in present]
    for row in gone:
        decisions.follow(row, {"status": GONE})
    return Template.objects.filter(pk__in=[row.pk for row in gone]).update(status=GONE)


def _rows(channel: Channel):
    return Template.objects.filter(provider=channel.provider, business_id=channel.business_id)


def _new(channel: Channel, item: dict) -> Template:
    name, language = _key(item)
    return Template(provider=channel.provider, business_id=channel.business_id, name=name, language=language)


def _key(item: dict) -> tuple[str, str]:
    return str(item.get("name", ""))[:512], str(item.get("language", ""))[:16]


def _read(item: dict) -> dict:
    quality = item.get("quality_score")
    reason = str(item.get("rejected_reason") or "")
    return {
        "external_id": str(item.get("id", ""))[:64],
        "category": str(item.get("category", "")).upper()[:20],
        "status": str(item.get("status", "")).upper()[:20],
        "quality": str(quality.get("score", "") if isinstance(quality, dict) else quality or "")[:20],
        "reason": "" if reason == "NONE" else reason[:300],
        "parameter_format": str(item.get("parameter_format") or "positional").lower()[:12],
        "components": item.get("components") or [],
    }
