"""How members are told of news while nobody looks: their browsers' push addresses, and what they wish to hear."""

from datetime import time

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic_inbox.tenancy import ClinicKey, ClinicModel
from clinic_inbox.vault import Sealed


class Event(models.TextChoices):
    """What a member can be told of. Of one message each member hears under one of these at most."""

    MINE = "mine", _("A patient writes in a conversation of yours")
    UNASSIGNED = "unassigned", _("A patient writes and nobody has the conversation")
    OTHERS = "others", _("A patient writes in somebody else's conversation that you see")
    ASSIGNED = "assigned", _("A conversation is assigned to you")
    MENTIONED = (
        "mentioned",
        _("A note mentions you or a team of yours, or goes on in a thread where you took part"),
    )


NOTHING = models.Value([], models.JSONField())
USUAL_PUSHES = [Event.MINE, Event.ASSIGNED, Event.MENTIONED]


class PushAddress(ClinicModel):
    """One browser in which a member wishes to be told: where its maker's push service takes messages for it.

    The address is sealed: whoever knows it knows the device. `digest` finds it again.
    """

    member = ClinicKey("clinics.Member", models.CASCADE, related_name="+", db_index=False)
    target_sealed = models.BinaryField(default=bytes)  # {"endpoint", "p256dh", "auth"}, as JSON
    digest = models.CharField(max_length=64)  # SHA-256 of the endpoint
    device = models.CharField(max_length=80)  # "Firefox on Linux"
    created_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)  # the last time the push service took something for it

    target = Sealed()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "member", "digest"], name="one_address_per_member_and_browser"
            )
        ]


class AlertChoices(ClinicModel):
    """What one member wishes to hear of, and when not. Without a row: what is usual, at any time.

    Letters are nobody's until they choose them.
    """

    class MailAfter(models.IntegerChoices):
        FIVE = 5, _("after 5 minutes")
        FIFTEEN = 15, _("after 15 minutes")
        SIXTY = 60, _("after an hour")

    member = ClinicKey("clinics.Member", models.CASCADE, related_name="+", db_index=False)
    pushes = models.JSONField(default=list)  # of Event
    sounds = models.JSONField(default=list)
    mails = models.JSONField(default=list, db_default=NOTHING)  # of Letter
    mail_after = models.PositiveSmallIntegerField(  # minutes in which they did not look
        choices=MailAfter, default=MailAfter.FIFTEEN, db_default=MailAfter.FIFTEEN
    )
    quiet_from = models.TimeField(null=True)  # in the clinic's time
    quiet_until = models.TimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "member"], name="one_choice_per_member")]

    @property
    def quiet_span(self) -> str:
        """`22:00-07:00`, or nothing: what the open page goes by for its sounds."""
        if self.quiet_from is None or self.quiet_until is None:
            return ""
        return f"{self.quiet_from:%H:%M}-{self.quiet_until:%H:%M}"

    def is_quiet(self, now: time) -> bool:
        """Whether nothing is to be heard at this time of the clinic's day; the span may go over midnight."""
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None or begin == end:
            return False
        return begin <= now < end if begin < end else now >= begin or now < end


class Told(ClinicModel):
    """The newest message of a conversation of which members were told: nobody is told of one message twice."""

    conversation = ClinicKey("inbox.Conversation", models.CASCADE, related_name="+", db_index=False)
    message_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "conversation"], name="one_told_per_conversation")
        ]


class ToldUpTo(ClinicModel):
    """The number of the clinic's last change that was looked at for news."""

    seq = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic"], name="one_told_up_to_per_clinic")]
