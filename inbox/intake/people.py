"""What providers tell of people: moved addresses, wishes about marketing, names from the phone's address book."""

import hashlib
from dataclasses import asdict
from uuid import UUID

from django.db import connection

from clinic_inbox.tenancy import current_clinic_id
from contacts import joining
from contacts.matching import Known, match_or_create, move_identity
from contacts.models import Consent, Contact, Identity
from integrations.events import IdentityChanged, Sender
from integrations.models import Channel, ChannelEvent

from ..models import Conversation, Message

# Their thread goes on with the address that is left to them, unless that has one of its own on this channel.
FOLLOW = """
UPDATE inbox_conversation c SET contact_id = %(contact)s,
    identity_id = CASE WHEN EXISTS (SELECT 1 FROM inbox_conversation o WHERE o.clinic_id = c.clinic_id
        AND o.channel_id = c.channel_id AND o.identity_id = %(identity)s) THEN c.identity_id ELSE %(identity)s END
WHERE c.clinic_id = %(clinic)s AND c.identity_id = ANY(%(absorbed)s) RETURNING c.id, c.channel_id, c.identity_id
"""


def meet(provider: str, portfolio: str, senders: set[Sender]) -> tuple[dict[Sender, Known], set[UUID]]:
    """The identity of each sender. Returns also the conversations of identities that turned out to be one person."""
    found = match_or_create(provider, portfolio, senders)
    touched = set()
    for known in {known.id: known for known in found.values() if known.absorbed}.values():
        touched |= _follow(known)
    return found, touched


def _follow(known: Known) -> set[UUID]:
    values = {"contact": known.contact_id, "identity": known.id, "absorbed": list(known.absorbed)}
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, values | {"clinic": current_clinic_id()})
        threads = cursor.fetchall()
    Message.objects.bulk_create(
        Message(
            conversation_id=conversation_id,
            channel_id=channel_id,
            direction=Message.Direction.EVENT,
            source=Message.Source.SYSTEM,
            kind="address_lost",
            content={"old": "", "new": known.wa_id or ""},
        )
        for conversation_id, channel_id, identity_id in threads
        if identity_id != known.id
    )
    for contact_id in known.former:
        joining.absorb(contact_id, known.contact_id)
    return {conversation_id for conversation_id, _, _ in threads}


def move(channels: dict[UUID, Channel], told: list) -> set[UUID]:
    """Follow changed numbers and user ids. Returns the conversations of the people concerned.

    A move of somebody we never met is kept as a channel event.
    """
    touched = set()
    for each in told:
        if not _keep_move(each):
            continue
        channel = channels[each.channel_id]
        identity, former = move_identity(channel.provider, channel.portfolio, each.event)
        if identity:
            Conversation.objects.filter(identity__contact_id=identity.contact_id).update(
                contact_id=identity.contact_id
            )
            joining.absorb(former, identity.contact_id)
            touched |= _show_move(identity, each.event)
    return touched


def _keep_move(told) -> bool:
    """Record the move; False when we have it already (it comes as a message and as a field of its own)."""
    facts = {key: str(value) for key, value in asdict(told.event).items() if key != "occurred_at"}
    moved = {key: value for key, value in facts.items() if key != "external_id"}
    _, is_new = ChannelEvent.objects.get_or_create(
        field="identity_changed",
        dedupe_key=hashlib.sha256(repr(sorted(moved.items())).encode()).hexdigest(),
        defaults={
            "channel_id": told.channel_id,
            "webhook_id": told.webhook_id,
            "payload": facts,
            "occurred_at": told.event.occurred_at,
        },
    )
    return is_new


def _show_move(identity: Identity, event: IdentityChanged) -> set[UUID]:
    conversations = list(identity.conversations.all())
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            channel_id=conversation.channel_id,
            direction=Message.Direction.EVENT,
            source=Message.Source.SYSTEM,
            kind="number_changed" if event.new_wa_id else "address_changed",
            content={"old": event.old_wa_id, "new": event.new_wa_id},
            sent_at=event.occurred_at,
        )
        for conversation in conversations
    )
    return {conversation.pk for conversation in conversations}


def prefer(channels: dict[UUID, Channel], told: list) -> None:
    """Record that a person stopped or resumed marketing messages at the provider."""
    for each in told:
        channel, event = channels[each.channel_id], each.event
        known = meet(channel.provider, channel.portfolio, {event.sender})[0][event.sender]
        Consent.objects.get_or_create(
            identity_id=known.id,
            purpose=Consent.Purpose.MARKETING,
            source="provider",
            external_id=f"{event.category}:{event.value}:{event.occurred_at.timestamp():.0f}",
            defaults={
                "is_granted": event.value != "stop",
                "decided_at": event.occurred_at,
                "wording": event.value[:200],
            },
        )


def name(channels: dict[UUID, Channel], told: list) -> None:
    """Take over names the clinic gave people on its phone, unless staff named them here."""
    for each in told:
        if each.event.action != "add":
            continue
        channel, sender = channels[each.channel_id], each.event.sender
        known = meet(channel.provider, channel.portfolio, {sender})[0][sender]
        if sender.name:
            Contact.objects.filter(pk=known.contact_id, is_name_edited=False).update(name=sender.name[:200])
