"""What providers tell of people: moved addresses, wishes about marketing, names from the phone's address book."""

from uuid import UUID

from contacts.matching import match_or_create, move_identity
from contacts.models import Consent, Contact
from integrations.models import Channel

from ..models import Conversation


def move(channels: dict[UUID, Channel], told: list) -> set[UUID]:
    """Follow changed numbers and user ids. Returns the conversations of the people concerned."""
    touched = set()
    for each in told:
        channel = channels.get(each.channel_id)
        identity = channel and move_identity(channel.provider, channel.portfolio, each.event)
        if identity:
            Conversation.objects.filter(identity__contact_id=identity.contact_id).update(
                contact_id=identity.contact_id
            )
            touched |= set(identity.conversations.values_list("pk", flat=True))
    return touched


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
