"""Messages, and the ledger of what was sent, told and changed about each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel

from .conversations import Conversation


class Message(ClinicModel):
    """One thing in a thread: a patient's message, ours, a private note, or what happened (assigned, closed)."""

    class Direction(models.TextChoices):
        IN = "in", "From the patient"
        OUT = "out", "To the patient"
        NOTE = "note", "Private note"
        EVENT = "event", "What happened"

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        SCHEDULED = "scheduled", "To be sent later"
        CANCELLED = "cancelled", "Taken back before it was sent"
        QUEUED = "queued", "Waiting to be sent"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        READ = "read", "Read"
        PLAYED = "played", "Played"
        FAILED = "failed", "Failed"
        UNCERTAIN = "uncertain", "May not have been sent"
        RETRIED = "retried", "Sent again"  # failed or uncertain, and a member made a new attempt

    class Source(models.TextChoices):
        CONTACT = "contact", "Patient"
        AGENT = "agent", "Agent"
        API = "api", "API"
        PHONE = "phone", "Sent from the phone"
        HISTORY = "history", "From the phone's history"
        SYSTEM = "system", "System"

    conversation = ClinicKey(Conversation, models.PROTECT, related_name="messages", db_index=False)
    channel = ClinicKey("integrations.Channel", models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=5, choices=Direction)
    source = models.CharField(max_length=8, choices=Source, default=Source.CONTACT)
    kind = models.CharField(
        max_length=24, default="text"
    )  # integrations.events.Kind; events: assigned, closed …
    text = models.TextField(blank=True)  # body or caption; for structured kinds a readable line
    content = models.JSONField(default=dict)  # what the kind needs beyond the text; see integrations.events
    external_id = models.CharField(max_length=300, null=True)
    reply_to_external_id = models.CharField(max_length=300, blank=True)  # quoted message; we may not have it
    client_id = models.CharField(max_length=100, null=True)
    author = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    error_code = models.CharField(max_length=20, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)  # the provider's words
    gate = models.JSONField(default=dict)  # what allowed it
    pricing = models.JSONField(default=dict)
    sent_at = models.DateTimeField(default=timezone.now)  # the provider's time for theirs, ours for ours
    due_at = models.DateTimeField(null=True)  # when a queued message may be tried (again)
    send_at = models.DateTimeField(null=True)  # when its author wants it sent; kept afterwards
    stops_on_reply = models.BooleanField(default=False, db_default=False)  # not if the patient writes before
    answers_due_at = models.DateTimeField(null=True)  # the target that it met or missed, as counted
    lease_until = models.DateTimeField(null=True)  # a claimed message past this is uncertain
    attempts = models.PositiveSmallIntegerField(default=0)
    edited_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "channel", "external_id"],
                condition=Q(external_id__isnull=False),
                name="one_message_per_external_id",
            ),
            models.UniqueConstraint(
                fields=["clinic", "client_id"],
                condition=Q(client_id__isnull=False),
                name="one_message_per_client_id",
            ),
        ]
        indexes = [
            # The thread: newest page first, older pages by (sent_at, id).
            models.Index(fields=["clinic", "conversation", "-sent_at", "-id"], name="thread"),
            # Search for a word that many messages have: the newest are looked through until enough have it.
            models.Index(fields=["clinic", "-sent_at", "-id"], name="messages_newest"),
            models.Index(  # Delivery: what is due on a channel.
                fields=["clinic", "channel", "due_at", "id"],
                name="messages_queued",
                condition=Q(state="queued"),
            ),
            models.Index(  # Delivery: what of a conversation is not answered yet, so that its order is kept.
                fields=["clinic", "conversation", "created_at", "id"],
                name="messages_on_the_way",
                condition=Q(state__in=["queued", "claimed"]),
            ),
            models.Index(  # Sweeper: scheduled messages whose time has come.
                fields=["clinic", "send_at"], name="messages_scheduled", condition=Q(state="scheduled")
            ),
            models.Index(  # The thread's foot, the marks of a row, what a patient's message stops, what went wrong.
                fields=["clinic", "conversation", "send_at"],
                name="messages_for_later",
                condition=Q(state__in=["scheduled", "failed"], send_at__isnull=False),
            ),
            models.Index(  # Sweeper: expired leases and open questions.
                fields=["clinic", "state", "lease_until"],
                name="messages_in_doubt",
                condition=Q(state__in=["claimed", "uncertain"]),
            ),
        ]

    @property
    def is_in_group(self) -> bool:
        """Written in a group, where others read along: kept with its author, never answered from their thread."""
        return bool(self.content.get("group_id"))


class Attempt(ClinicModel):
    """One try to hand a message to the provider. Its id travels along and comes back in statuses."""

    message = ClinicKey(Message, models.CASCADE, related_name="tries")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)  # accepted, refused, failed, uncertain
    error_code = models.CharField(max_length=20, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)


class StatusEvent(ClinicModel):
    """One status the provider told of one message. Waits without a message when it came before our own record."""

    channel = ClinicKey("integrations.Channel", models.PROTECT, related_name="+", db_index=False)
    message = ClinicKey(Message, models.CASCADE, null=True, related_name="statuses")
    external_id = models.CharField(max_length=300)
    recipient = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=20)
    occurred_at = models.DateTimeField()
    callback = models.CharField(max_length=512, blank=True)  # our attempt id, when the provider returns it
    errors = models.JSONField(default=list)
    pricing = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "channel", "external_id", "status", "recipient"], name="one_row_per_status"
            )
        ]
        indexes = [  # Statuses that came before their message.
            models.Index(
                fields=["clinic", "channel", "external_id"],
                name="statuses_waiting",
                condition=Q(message=None),
            )
        ]


class Reaction(ClinicModel):
    """The emoji one side put on one message. Waits without a message when it came first."""

    channel = ClinicKey("integrations.Channel", models.PROTECT, related_name="+", db_index=False)
    message = ClinicKey(Message, models.CASCADE, null=True, related_name="reactions")
    target_external_id = models.CharField(max_length=300)
    author = models.CharField(max_length=8)  # contact or clinic
    emoji = models.CharField(
        max_length=40, blank=True
    )  # empty: taken back; kept so that an older one stays gone
    reacted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "channel", "target_external_id", "author"], name="one_reaction_per_side"
            )
        ]


class Amendment(ClinicModel):
    """The patient edited or took back a message; applied at once, or kept until the message comes."""

    channel = ClinicKey("integrations.Channel", models.PROTECT, related_name="+", db_index=False)
    target_external_id = models.CharField(max_length=300)
    external_id = models.CharField(max_length=300)
    kind = models.CharField(max_length=8)  # edit, revoke
    text = models.TextField(blank=True)
    amended_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    # The addresses of who did it, while it waits.
    people = ArrayField(models.TextField(), default=list, db_default=[])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "channel", "external_id"], name="one_row_per_amendment")
        ]
        indexes = [
            models.Index(fields=["clinic", "channel", "target_external_id"], name="amendments_of_message")
        ]
