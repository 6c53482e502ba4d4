"""What is older than the clinic keeps messages is not taken in: it was deleted, and a webhook is read again."""

import logging

from django.utils import timezone

from ..models import MONTH, SHORTEST_TERM, RetentionRule

logger = logging.getLogger(__name__)


def within(told: list) -> list:
    """Those of the messages told that the clinic still keeps. Imported history is as young as its arrival: all of it.

    Costs no query while nothing is older than any clinic's term may be.
    """
    now = timezone.now()
    if not any(_is_before(each, now - SHORTEST_TERM * MONTH) for each in told):
        return told
    rule = RetentionRule.objects.filter(subject=RetentionRule.Subject.MESSAGES).first()
    if rule is None:
        return told
    kept = [each for each in told if not _is_before(each, now - rule.months * MONTH)]
    if len(kept) < len(told):
        logger.info("past_their_term", extra={"count": len(told) - len(kept)})
    return kept


def _is_before(each, moment) -> bool:
    return each.event.sent_at < moment and not each.event.is_history
