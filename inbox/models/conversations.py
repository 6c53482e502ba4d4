"""Conversations: one identity's thread on one channel, and the stretches of work on it."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel

WINDOW = timedelta(hours=24)  # WhatsApp's customer service window
CLOSING_SOON = timedelta(hours=2)  # before it closes, the time that is left is shown as urgent
PREVIEW = 200  # letters of the newest message that the list shows
ENTRY_POINT_WINDOW = timedelta(hours=72)  # free entry point: the patient came from an ad
ERASING = "erasing"  # the status of a conversation whose patient is being erased, which nobody sees or sets
LONGEST_SNOOZE = timedelta(days=366)


class Conversation(ClinicModel):
    """One identity's thread on one channel. Closed by staff, reopened by the patient's next message."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SNOOZED = "snoozed", "Snoozed"
        CLOSED = "closed", "Closed"

    class Priority(models.IntegerChoices):
        NORMAL = 0, "normal"
        HIGH = 1, "high"
        URGENT = 2, "urgent"

    contact = ClinicKey("contacts.Contact", models.PROTECT, related_name="conversations")
    identity = ClinicKey("contacts.Identity", models.PROTECT, related_name="conversations")
    channel = ClinicKey("integrations.Channel", models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    assignee = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+")
    team = ClinicKey("clinics.Team", models.SET_NULL, null=True, related_name="+")
    last_message_at = models.DateTimeField(default=timezone.now)
    last_inbound_at = models.DateTimeField(null=True)  # the window counts from here, in the provider's time
    entry_point_until = models.DateTimeField(null=True)  # 72 hours after a message from an ad
    waiting_since = models.DateTimeField(null=True)  # the patient's first message that nobody answered yet
    unread = models.PositiveIntegerField(default=0)
    preview = models.CharField(max_length=200, blank=True)
    preview_kind = models.CharField(max_length=24, default="text")
    preview_direction = models.CharField(max_length=6, default="in")
    snoozed_until = models.DateTimeField(null=True)
    # Seen by its assignee and the members of its team only; see inbox/sight.py.
    is_sensitive = models.BooleanField(default=False, db_default=False)
    priority = models.PositiveSmallIntegerField(
        choices=Priority, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    # The ledger of inbox/attending: the patient has written since then, and the clinic's rules were not asked yet.
    attend_at = models.DateTimeField(null=True)
    reply_due_at = models.DateTimeField(null=True)  # the clinic's target for the answer they wait for
    reply_soon_at = models.DateTimeField(null=True)  # most of the time until then is used
    receipt_due_at = models.DateTimeField(null=True)  # a member saw it: the provider is to be told since then
    erasing_at = models.DateTimeField(null=True)  # its patient is being erased: nobody sees it any more
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "channel", "identity"], name="one_conversation_per_identity_and_channel"
            )
        ]
        indexes = [  # The list: a view's conversations, newest first, pages by (last_message_at, id).
            models.Index(fields=["clinic", "status", "-last_message_at", "-id"], name="list_by_status"),
            models.Index(
                fields=["clinic", "assignee", "status", "-last_message_at", "-id"], name="list_by_assignee"
            ),
            models.Index(  # The same for members who see their teams' conversations only.
                fields=["clinic", "team", "status", "-last_message_at", "-id"],
                name="list_by_team",
                condition=Q(team__isnull=False),
            ),
            models.Index(  # The view "unread".
                fields=["clinic", "status", "-last_message_at", "-id"],
                name="list_of_unread",
                condition=Q(unread__gt=0),
            ),
            models.Index(  # The view "waiting", and every list of who waits longest.
                fields=["clinic", "status", "waiting_since", "id"],
                name="list_of_waiting",
                condition=Q(waiting_since__isnull=False),
            ),
            # Lists by priority: each priority is a stretch of its own, newest first.
            models.Index(
                fields=["clinic", "status", "priority", "-last_message_at", "-id"],
                name="list_by_priority",
                condition=Q(priority__gt=0),
            ),
            # The few that most members may not see: what hints and searches leave out.
            models.Index(fields=["clinic", "id"], name="sensitive_ones", condition=Q(is_sensitive=True)),
            # Conversations whatever their status, as the API lists them.
            models.Index(fields=["clinic", "-last_message_at", "-id"], name="list_of_all"),
            models.Index(fields=["clinic", "contact"], name="conversations_of_contact"),
            models.Index(fields=["snoozed_until"], name="snoozed_due", condition=Q(status="snoozed")),
            models.Index(  # The list of what is overdue, the longest first.
                fields=["clinic", "reply_due_at", "id"],
                name="list_by_due",
                condition=Q(reply_due_at__isnull=False),
            ),
            models.Index(  # What inbox/attending works off.
                fields=["clinic", "attend_at"], name="to_attend", condition=Q(attend_at__isnull=False)
            ),
            models.Index(  # Sweeper: read receipts whose bell was lost.
                fields=["clinic", "receipt_due_at"],
                name="receipts_due",
                condition=Q(receipt_due_at__isnull=False),
            ),
        ]

    @property
    def window_closes_at(self):
        """When free-form messages stop being allowed; None when the patient never wrote."""
        return self.last_inbound_at and self.last_inbound_at + WINDOW

    @property
    def window_closes_soon_at(self):
        """When its last two hours begin; None when they have begun or the patient never wrote."""
        at = self.window_closes_at and self.window_closes_at - CLOSING_SOON
        return at if at and at > timezone.now() else None

    @property
    def heard(self) -> str:
        """What a page that shows this conversation has heard of the patient; another value once they write again."""
        return self.last_inbound_at.isoformat() if self.last_inbound_at else "-"

    @property
    def is_window_open(self) -> bool:
        """Free-form messages may be sent now."""
        closes_at = self.window_closes_at
        return closes_at is not None and closes_at > timezone.now()


class GlassBreak(ClinicModel):
    """One member's emergency access to one conversation that is not theirs to see: why, and until when."""

    member = ClinicKey("clinics.Member", models.PROTECT, related_name="+")
    conversation = ClinicKey(Conversation, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)  # for the clinic's admins; may name a patient
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    noticed_by = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+")
    noticed_at = models.DateTimeField(null=True)  # an admin has read it

    class Meta:
        indexes = [
            models.Index(fields=["clinic", "member", "-ends_at"], name="glass_broken_by_member"),
            models.Index(fields=["clinic", "-created_at", "-id"], name="glass_broken_newest"),
            models.Index(  # The admins' notice: what none of them has read yet.
                fields=["clinic"], name="glass_unnoticed", condition=Q(noticed_at=None)
            ),
        ]


class Episode(ClinicModel):
    """A conversation's stretch from opened to closed."""

    conversation = ClinicKey(Conversation, models.CASCADE, related_name="episodes")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+")
    assignee = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+")
    first_reply_at = models.DateTimeField(null=True)
    close_reason = ClinicKey("inbox.CloseReason", models.PROTECT, null=True, related_name="+", db_index=False)
    close_note = models.CharField(max_length=300, blank=True, db_default="")  # may name a patient
    replies_met = models.PositiveIntegerField(default=0, db_default=0)  # answers within the clinic's target
    replies_missed = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "conversation"], condition=Q(closed_at=None), name="one_open_episode"
            )
        ]
        indexes = [
            models.Index(fields=["clinic", "conversation", "opened_at"], name="episodes_of_conversation")
        ]
