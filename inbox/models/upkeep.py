"""What admins look after: silences, and how long data is kept."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel

MONTH = timedelta(days=365.25 / 12)
SHORTEST_TERM = 3  # months


class ChannelHour(ClinicModel):
    """How many messages of patients came to one channel within one hour; hours without any have no row."""

    channel = ClinicKey("integrations.Channel", models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()  # its beginning, UTC
    received = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "channel", "hour"], name="one_count_per_channel_and_hour"
            )
        ]
        indexes = [  # Where the last tally ended, and the hours that are too old.
            models.Index(fields=["clinic", "hour"], name="channel_hours")
        ]


class RetentionRule(ClinicModel):
    """How long this clinic keeps one class of its data. Without a row it is kept as long as the clinic."""

    class Subject(models.TextChoices):
        MESSAGES = "messages", "Messages"
        FILES = "files", "Files"
        REPORTS = "reports", "Reports of providers"

    subject = models.CharField(max_length=10, choices=Subject)
    months = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "subject"], name="one_rule_per_subject"),
            models.CheckConstraint(condition=Q(months__gte=SHORTEST_TERM), name="kept_three_months_at_least"),
        ]
