"""A channel's way out: what an adapter needs to act in its name."""

from django.conf import settings

from .models import Channel
from .whatsapp.api import Credentials


def credentials_of(channel: Channel) -> Credentials:
    """The channel's credentials. Only outside production may its address lie in our own network: a simulator."""
    return Credentials(
        api_url=channel.api_url,
        number_id=channel.external_id,
        business_id=channel.business_id,
        access_token=channel.access_token,
        allow_private=not settings.PRODUCTION,
    )
