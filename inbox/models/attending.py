"""What a clinic has settled about who answers, and when."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic_inbox.tenancy import ClinicKey, ClinicModel

LONGEST_TEXT = 1000  # of a greeting or an away reply
LONGEST_TARGET = 60 * 24 * 7  # minutes of business time


class AnswerRules(ClinicModel):
    """One clinic's rules of answering. Without a row nothing happens by rule."""

    class Assigning(models.TextChoices):
        OFF = "off", _("By hand")
        ROUND_ROBIN = "round_robin", _("In turn: who was given one longest ago")
        LEAST_OPEN = "least_open", _("To who has the fewest open")

    class Reason(models.TextChoices):
        OFF = "off", _("Not asked")
        OPTIONAL = "optional", _("Asked, may be left out")
        REQUIRED = "required", _("Asked, one has to be chosen")

    greets = models.BooleanField(default=False)
    greeting = models.JSONField(default=dict)  # language: text
    answers_away = models.BooleanField(default=False)
    away = models.JSONField(default=dict)
    quiet_minutes = models.PositiveSmallIntegerField(
        default=30
    )  # after a person wrote nothing is said by itself
    assigning = models.CharField(max_length=12, choices=Assigning, default=Assigning.OFF)
    is_sticky = models.BooleanField(default=True)  # whoever held it keeps it, if they are here
    heeds_languages = models.BooleanField(default=True)
    offers_back = models.BooleanField(default=False)  # what waits for who is away goes to others
    first_reply_minutes = models.PositiveIntegerField(null=True)
    next_reply_minutes = models.PositiveIntegerField(null=True)
    asks_reason = models.CharField(max_length=8, choices=Reason, default=Reason.OFF)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic"], name="one_row_of_answer_rules")]

    @property
    def is_assigning(self) -> bool:
        """Conversations are handed out by rule."""
        return self.assigning != self.Assigning.OFF


class ChannelRule(ClinicModel):
    """What is otherwise about one channel. Without a row it answers by itself as the clinic does, for no team."""

    channel = ClinicKey("integrations.Channel", models.CASCADE, related_name="+", db_index=False)
    team = ClinicKey("clinics.Team", models.SET_NULL, null=True, related_name="+", db_index=False)
    answers = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "channel"], name="one_rule_per_channel")]


class TeamTarget(ClinicModel):
    """How soon one team is to answer. Without a row, and where it is empty, it is as soon as the clinic."""

    team = ClinicKey("clinics.Team", models.CASCADE, related_name="+", db_index=False)
    first_reply_minutes = models.PositiveIntegerField(null=True)
    next_reply_minutes = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "team"], name="one_target_per_team")]


class CloseReason(ClinicModel):
    """Why conversations are closed here; one that is no longer offered is kept for the episodes that name it."""

    name = models.CharField(max_length=60)
    place = models.PositiveSmallIntegerField(default=0)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["place", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "name"], condition=Q(dropped_at=None), name="one_close_reason_per_name"
            )
        ]

    def __str__(self):
        return self.name
