"""The clinic's week, the days that are different, and who is here, as they are kept. hours.py says what hours mean."""

from django.db import models
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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


class Undo(models.IntegerChoices):
    """How many seconds an answer waits, so that it can be taken back."""

    OFF = 0, _("Off")
    SHORT = 5, _("5 seconds")
    LONG = 10, _("10 seconds")


class Availability(models.Model):
    """What rules look at before they give a member work."""

    speaks = models.JSONField(
        default=list, db_default=Value([], models.JSONField())
    )  # languages they answer in
    is_away = models.BooleanField(default=False, db_default=False)  # they said so: gets nothing by rule
    most_open = models.PositiveSmallIntegerField(null=True)  # conversations that rules give them at a time
    here_at = models.DateTimeField(null=True)  # the inbox was last seen open in a browser of theirs
    given_at = models.DateTimeField(null=True)  # a rule last gave them a conversation: whose turn it is

    class Meta:
        abstract = True
