"""What changed on screens, in order."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from clinic_inbox.tenancy import ClinicModel


class Feed(ClinicModel):
    """A clinic's counter of changes; locked to hand out the next number in commit order."""

    seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic"], name="one_feed_per_clinic")]


class Change(ClinicModel):
    """One committed change of what is on screens: its gapless number and the topics it touches."""

    seq = models.BigIntegerField()
    topics = ArrayField(models.CharField(max_length=60))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "seq"], name="one_change_per_number")]
