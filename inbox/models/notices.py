"""What members are written of when they do not look, and whom the clinic calls when nobody answers."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic_inbox.tenancy import ClinicKey, ClinicModel

LONGEST_PATIENCE = 24 * 60  # minutes until somebody on call is told


class Letter(models.TextChoices):
    """What a member can be written of."""

    ASSIGNED = "assigned", _("A conversation is assigned to you")
    MENTIONED = (
        "mentioned",
        _("A note mentions you or a team of yours, or goes on in a thread where you took part"),
    )
    OVERDUE = "overdue", _("A patient of yours waits past the clinic's target")


class Notice(ClinicModel):
    """One thing that one member is to be written of, unless they look at the conversation first.

    A ledger: `done_at` is set once the letter is out or not needed any more; until then a lost one is written again.
    """

    ON_CALL, UNANSWERED = (
        "on_call",
        "unanswered",
    )  # besides those of Letter: to who is on call, and then to admins
    ANSWERED = "answered"  # in a thread of notes; for who wishes to be written of Letter.MENTIONED
    CALLS = (ON_CALL, UNANSWERED)  # told at once, whatever their reader has chosen

    member = ClinicKey("clinics.Member", models.CASCADE, related_name="+", db_index=False)
    conversation = ClinicKey("inbox.Conversation", models.CASCADE, related_name="+", db_index=False)
    event = models.CharField(max_length=10)
    about = models.CharField(max_length=40)  # the id of the note or event, or since when the patient waits
    happened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)
    pushed_at = models.DateTimeField(null=True)  # of a call: told in the member's browsers
    lease_until = models.DateTimeField(null=True)  # somebody is writing the letter
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "member", "conversation", "event", "about"], name="one_notice_of_a_thing"
            )
        ]
        indexes = [  # What is to be written of still.
            models.Index(
                fields=["clinic", "happened_at"],
                name="notices_waiting",
                condition=Q(seen_at=None, done_at=None),
            )
        ]

    @property
    def is_call(self) -> bool:
        return self.event in self.CALLS


class OnCallRules(ClinicModel):
    """When the clinic calls somebody because nobody answers. Without a row, or without minutes, it does not."""

    on_urgent = models.BooleanField(default=True)
    on_overdue = models.BooleanField(default=True)
    inside_minutes = models.PositiveSmallIntegerField(
        null=True
    )  # of the patient's wait, while the clinic is open
    outside_minutes = models.PositiveSmallIntegerField(null=True)
    admins_minutes = models.PositiveSmallIntegerField(null=True)  # later the admins are told too
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic"], name="one_row_of_on_call_rules")]


class OnCall(ClinicModel):
    """A member who is called."""

    member = ClinicKey("clinics.Member", models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "member"], name="once_on_call")]


class Escalation(ClinicModel):
    """For one wait of one patient somebody was called: first who is on call, then the admins. Never twice."""

    class Step(models.IntegerChoices):
        ON_CALL = 1, "on call"
        ADMINS = 2, "admins"

    conversation = ClinicKey("inbox.Conversation", models.CASCADE, related_name="+", db_index=False)
    waiting_since = models.DateTimeField()  # the wait it was for
    step = models.PositiveSmallIntegerField(choices=Step)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "conversation", "waiting_since", "step"], name="one_escalation_per_step"
            )
        ]
        indexes = [  # Whom the admins are to hear of next.
            models.Index(fields=["clinic", "created_at"], name="escalations_newest")
        ]
