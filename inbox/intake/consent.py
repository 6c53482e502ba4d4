"""STOP and START: a person's own words about being written to, recorded with their proof."""

from contacts.models import Consent
from integrations.whatsapp import opt_out

from ..models import Message

PURPOSES = (Consent.Purpose.CARE, Consent.Purpose.MARKETING)


def read(rows: list) -> None:
    """Record the wishes among new inbound messages, and show staff that they were understood."""
    for row in rows:
        event = row.event
        if event.is_echo or event.is_history:
            continue
        wish = opt_out.understood(event.text)
        if wish:
            _record(row, is_granted=wish == "start")


def _record(row, is_granted: bool) -> None:
    event = row.event
    Consent.objects.bulk_create(
        Consent(
            identity_id=row.identity_id,
            purpose=purpose,
            is_granted=is_granted,
            source="message",
            external_id=event.external_id,
            wording=event.text[:200],
            decided_at=event.sent_at,
        )
        for purpose in PURPOSES
    )
    Message.objects.create(
        conversation_id=row.conversation_id,
        channel_id=row.channel_id,
        direction=Message.Direction.EVENT,
        source=Message.Source.SYSTEM,
        kind="opted_in" if is_granted else "opted_out",
        sent_at=event.sent_at,
    )
