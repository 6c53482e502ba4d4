"""What messages cost, as the clinic entered it from its provider's rate card."""

from django.db import models
from django.utils import timezone

from clinic_inbox.tenancy import ClinicModel


class RateCard(ClinicModel):
    """The provider's prices from one day on, until the next card's. Prices are decimals as text, as they were given."""

    since = models.DateField()
    currency = models.CharField(max_length=3)  # ISO 4217
    prices = models.JSONField(default=dict)  # market: {category: price}
    countries = models.JSONField(default=dict)  # country: the market that somebody said it belongs to
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "since"], name="one_rate_card_per_day")]
