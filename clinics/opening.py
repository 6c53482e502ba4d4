"""The clinic's week and the days that are different, as they are kept. What they mean is in hours.py."""

from django.db import models
from django.utils import timezone

from clinic_inbox.tenancy import ClinicModel


class BusinessHours(ClinicModel):
    """The clinic's usual week. Without a row it is open day and night; see hours.py."""

    week = models.JSONField()  # seven lists of [opens, closes] in minutes, Monday first
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic"], name="one_week_per_clinic")]


class SpecialDay(ClinicModel):
    """One day of the calendar with hours of its own: a holiday has none."""

    day = models.DateField()
    name = models.CharField(max_length=80)
    spans = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="one_special_day_per_day")]
        ordering = ["day"]

    def __str__(self):
        return self.name
