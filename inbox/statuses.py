"""What became of our messages: statuses kept as told, and a message's state moved forward by them, in any order.

The state is the highest rank among what was told, so duplicates and reordering change nothing.
"""

from datetime import datetime
from uuid import UUID

import orjson
from django.db import connection

from clinic_inbox.tenancy import current_clinic_id
from contacts.models import Consent
from integrations.events import ErrorClass, StatusChanged
from integrations.whatsapp.errors import explain

from .models import Conversation

# failed stands between sent and delivered: a message that was delivered to one device did arrive.
RANK = """CASE {0} WHEN 'queued' THEN 0 WHEN 'claimed' THEN 1 WHEN 'uncertain' THEN 2 WHEN 'sent' THEN 3
    WHEN 'failed' THEN 4 WHEN 'delivered' THEN 5 WHEN 'read' THEN 6 WHEN 'played' THEN 7 ELSE {1} END"""

STORE = """
WITH told AS (
    SELECT DISTINCT ON (channel_id, external_id, status, recipient) *
    FROM unnest(%(channels)s::uuid[], %(external_ids)s::text[], %(recipients)s::text[], %(statuses)s::text[],
        %(times)s::timestamptz[], %(callbacks)s::text[], %(attempts)s::uuid[], %(errors)s::jsonb[],
        %(pricing)s::jsonb[])
        AS t(channel_id, external_id, recipient, status, occurred_at, callback, attempt_id, errors, pricing)
    ORDER BY channel_id, external_id, status, recipient
)
INSERT INTO inbox_statusevent (id, clinic_id, channel_id, message_id, external_id, recipient, status, occurred_at,
    callback, errors, pricing, created_at)
SELECT uuidv7(), %(clinic)s, t.channel_id, coalesce(m.id, a.message_id), t.external_id, t.recipient, t.status,
    t.occurred_at, t.callback, t.errors, t.pricing, now()
FROM told t
LEFT JOIN inbox_message m
    ON m.clinic_id = %(clinic)s AND m.channel_id = t.channel_id AND m.external_id = t.external_id
LEFT JOIN inbox_attempt a ON m.id IS NULL AND a.clinic_id = %(clinic)s AND a.id = t.attempt_id
ON CONFLICT DO NOTHING
RETURNING message_id
"""

ADOPT = """
UPDATE inbox_statusevent s SET message_id = m.id FROM inbox_message m
WHERE m.id = ANY(%(messages)s) AND s.clinic_id = m.clinic_id AND s.channel_id = m.channel_id
    AND s.external_id = m.external_id AND s.message_id IS NULL
"""

# In one order everywhere: delivery may be recording answers about the same messages at this moment.
LOCK = "SELECT 1 FROM inbox_message WHERE id = ANY(%(messages)s) ORDER BY id FOR NO KEY UPDATE"

APPLY = f"""
UPDATE inbox_message m
SET state = best.status, external_id = coalesce(m.external_id, best.external_id), lease_until = NULL, due_at = NULL,
    error_code = CASE WHEN best.status = 'failed' THEN left(coalesce(best.errors -> 0 ->> 'code', ''), 20)
        ELSE '' END,
    error_detail = CASE WHEN best.status = 'failed'
        THEN left(coalesce(best.errors -> 0 ->> 'details', best.errors -> 0 ->> 'title', ''), 300) ELSE '' END,
    pricing = CASE WHEN best.pricing = '{{}}' THEN m.pricing ELSE best.pricing END
FROM (
    SELECT DISTINCT ON (s.message_id) s.message_id, s.status, s.external_id, s.errors, s.pricing, s.occurred_at
    FROM inbox_statusevent s
    WHERE s.message_id = ANY(%(messages)s) AND s.status IN ('sent', 'delivered', 'read', 'played', 'failed')
    ORDER BY s.message_id, {RANK.format("s.status", -1)} DESC
) best
WHERE m.id = best.message_id AND m.direction = 'out'
    AND {RANK.format("m.state", 99)} < {RANK.format("best.status", -1)}
RETURNING m.conversation_id, m.id, m.error_code, best.occurred_at
"""  # noqa: S608  constants of this module only


def record(told: list[tuple[UUID, StatusChanged]]) -> set[UUID]:
    """Keep what was told about messages of these channels and move their states. Returns touched conversations.

    A status whose message we do not know (yet) waits; see adopt().
    """
    if not told:
        return set()
    events = [event for _, event in told]
    values = {
        "clinic": current_clinic_id(),
        "channels": [channel_id for channel_id, _ in told],
        "external_ids": [event.external_id for event in events],
        "recipients": [event.recipient for event in events],
        "statuses": [event.status[:20] for event in events],
        "times": [event.occurred_at for event in events],
        "callbacks": [event.callback for event in events],
        "attempts": [_attempt_id(event.callback) for event in events],
        "errors": [orjson.dumps(event.errors).decode() for event in events],
        "pricing": [orjson.dumps(event.pricing).decode() for event in events],
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        messages = {message_id for (message_id,) in cursor.fetchall() if message_id}
    return apply(messages)


def adopt(message_ids) -> set[UUID]:
    """Give messages whose provider id has just become known the statuses that came before it, and apply them."""
    with connection.cursor() as cursor:
        cursor.execute(ADOPT, {"messages": list(message_ids)})
    return apply(message_ids)


def apply(message_ids) -> set[UUID]:
    """Move messages to the furthest state told of them, never back. Returns the conversations that changed."""
    if not message_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"messages": list(message_ids)})
        cursor.execute(APPLY, {"messages": list(message_ids)})
        moved = cursor.fetchall()
    for conversation_id, message_id, code, occurred_at in moved:
        if code and explain(code).error_class is ErrorClass.OPTED_OUT:
            _record_opt_out(conversation_id, message_id, occurred_at)
    return {conversation_id for conversation_id, *_ in moved}


def _record_opt_out(conversation_id: UUID, message_id: UUID, at: datetime) -> None:
    """The person told WhatsApp that they want no more offers; this message failed because of it."""
    Consent.objects.get_or_create(
        identity_id=Conversation.objects.values_list("identity_id").get(pk=conversation_id)[0],
        purpose=Consent.Purpose.MARKETING,
        source="provider",
        external_id=message_id.hex,
        defaults={"is_granted": False, "decided_at": at},
    )


def _attempt_id(callback: str) -> UUID | None:
    try:
        return UUID(hex=callback)
    except ValueError:
        return None
