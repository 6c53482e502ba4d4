"""What providers tell of people: moved addresses, wishes about marketing, names from the phone's address book."""

import hashlib
from dataclasses import asdict
from uuid import UUID

from contacts.matching import match_or_create, move_identity
from contacts.models import Consent, Contact, Identity
from integrations.events import IdentityChanged
from integrations.models import Channel, ChannelEvent

from ..models import Conversation, Message


def move(channels: dict[UUID, Channel], told: list) -> set[UUID]:
    """Follow changed numbers and user ids. Returns the conversations of the people concerned.

    A move of somebody we never met is kept as a channel event.
    """
    touched = set()
    for each in told:
        if not _keep_move(each):
            continue
        channel = channels[each.channel_id]
        identity = move_identity(channel.provider, channel.portfolio, each.event)
        if identity:
            Conversation.objects.filter(identity__contact_id=identity.contact_id).update(
                contact_id=identity.contact_id
            )
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
        known = match_or_create(channel.provider, channel.portfolio, {event.sender})[event.sender]
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
        known = match_or_create(channel.provider, channel.portfolio, {sender})[sender]
        if sender.name:
            Contact.objects.filter(pk=known.contact_id, is_name_edited=False).update(name=sender.name[:200])
