"""What was found when a connection was looked at is kept, until somebody looks again."""

from django.utils import timezone

from ..models import Channel, Checkup


def note_checkup(channel: Channel, facts: dict) -> Checkup:
    """Keep the facts, and of the number what its row holds; what could not be read teaches nothing."""
    number = facts.get("number", {})
    channel.quality = number.get("quality", "").lower() or channel.quality
    channel.address = channel.address or number.get("address", "")
    channel.save(update_fields=["quality", "address"])
    values = {"facts": facts, "looked_at": timezone.now()}
    return Checkup.objects.update_or_create(channel=channel, defaults=values)[0]
