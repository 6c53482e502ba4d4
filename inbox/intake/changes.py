"""Reactions, edits and withdrawals of messages; those that come before their message wait for it."""

from uuid import UUID

from django.db import connection
from django.utils import timezone

from clinic_inbox.tenancy import current_clinic_id

from ..models import PREVIEW, Amendment, Conversation, Message

# The newest word of each side counts, whatever order they come in; of one second, which is all that is told, the last.
REACT = """
INSERT INTO inbox_reaction (id, clinic_id, channel_id, message_id, target_external_id, author, emoji, reacted_at)
VALUES (uuidv7(), %(clinic)s, %(channel)s,
    (SELECT id FROM inbox_message m
        WHERE m.clinic_id = %(clinic)s AND m.channel_id = %(channel)s AND m.external_id = %(target)s),
    %(target)s, %(author)s, %(emoji)s, %(at)s)
ON CONFLICT (clinic_id, channel_id, target_external_id, author) DO UPDATE
    SET emoji = EXCLUDED.emoji, reacted_at = EXCLUDED.reacted_at
    WHERE inbox_reaction.reacted_at <= EXCLUDED.reacted_at
RETURNING (SELECT conversation_id FROM inbox_message m WHERE m.id = inbox_reaction.message_id)
"""
ADOPT_REACTIONS = """
UPDATE inbox_reaction r SET message_id = m.id FROM inbox_message m
WHERE r.clinic_id = %(clinic)s AND r.message_id IS NULL AND r.target_external_id = ANY(%(external_ids)s)
    AND m.clinic_id = r.clinic_id AND m.channel_id = r.channel_id AND m.external_id = r.target_external_id
"""


def react(told: list) -> set[UUID]:
    """Put, replace or take back reactions. Returns the conversations that changed."""
    touched = set()
    with connection.cursor() as cursor:
        for each in told:
            event = each.event
            values = {"clinic": current_clinic_id(), "channel": each.channel_id, "target": event.target}
            values |= {"author": "clinic" if event.is_echo else "contact", "emoji": event.emoji[:40]}
            cursor.execute(REACT, values | {"at": event.sent_at})
            touched |= {conversation_id for (conversation_id,) in cursor.fetchall() if conversation_id}
    return touched


def amend(told: list) -> set[UUID]:
    """Keep edits and withdrawals, and apply those whose message we have. Returns the conversations that changed."""
    touched = set()
    for each in told:
        event = each.event
        amendment, is_new = Amendment.objects.get_or_create(
            channel_id=each.channel_id,
            external_id=event.external_id,
            defaults={
                "target_external_id": event.target,
                "kind": event.kind,
                "text": event.text,
                "amended_at": event.sent_at,
                "people": event.sender.addresses,
            },
        )
        if is_new:
            touched |= _apply(amendment)
    return touched


def adopt(external_ids: list[str]) -> None:
    """Give new messages the reactions, edits and withdrawals that came before them."""
    with connection.cursor() as cursor:
        cursor.execute(ADOPT_REACTIONS, {"clinic": current_clinic_id(), "external_ids": external_ids})
    waiting = Amendment.objects.filter(target_external_id__in=external_ids, applied_at=None)
    for amendment in waiting.order_by("amended_at"):
        _apply(amendment)


def _apply(amendment: Amendment) -> set[UUID]:
    message = Message.objects.filter(
        channel_id=amendment.channel_id, external_id=amendment.target_external_id
    ).first()
    if message is None:
        return set()
    said = message.text
    if amendment.kind == "revoke":
        message.revoked_at = amendment.amended_at
    elif message.edited_at is None or message.edited_at < amendment.amended_at:
        history = message.content.get("earlier", [])
        message.content = message.content | {"earlier": [*history, message.text]}
        message.text, message.edited_at = amendment.text, amendment.amended_at
    message.save(update_fields=["text", "content", "edited_at", "revoked_at"])
    _redraw_preview(message, said)
    amendment.applied_at, amendment.people = timezone.now(), []
    amendment.save(update_fields=["applied_at", "people"])
    return {message.conversation_id}


def _redraw_preview(message: Message, said: str) -> None:
    """The list shows what became of its conversation's newest message, not what it once said."""
    shown = {"preview": message.text[:PREVIEW]}
    if message.revoked_at:
        shown = {"preview": "", "preview_kind": "revoked"}
    thread = Conversation.objects.filter(pk=message.conversation_id, last_message_at=message.sent_at)
    thread.filter(preview=said[:PREVIEW], preview_kind=message.kind).update(**shown)
