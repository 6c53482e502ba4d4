"""Conversations, their messages, and the ledger of what was sent, told and shown."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel

WINDOW = timedelta(hours=24)  # WhatsApp's customer service window
PREVIEW = 200  # letters of the newest message that the list shows
ENTRY_POINT_WINDOW = timedelta(hours=72)  # free entry point: the patient came from an ad


class Conversation(ClinicModel):
    """One identity's thread on one channel. Closed by staff, reopened by the patient's next message."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SNOOZED = "snoozed", "Snoozed"
        CLOSED = "closed", "Closed"

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
    receipt_due_at = models.DateTimeField(null=True)  # a member saw it: the provider is to be told since then
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
            # The few that most members may not see: what hints and searches leave out.
            models.Index(fields=["clinic", "id"], name="sensitive_ones", condition=Q(is_sensitive=True)),
            # Conversations whatever their status, as the API lists them.
            models.Index(fields=["clinic", "-last_message_at", "-id"], name="list_of_all"),
            models.Index(fields=["clinic", "contact"], name="conversations_of_contact"),
            models.Index(fields=["snoozed_until"], name="snoozed_due", condition=Q(status="snoozed")),
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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "conversation"], condition=Q(closed_at=None), name="one_open_episode"
            )
        ]
        indexes = [
            models.Index(fields=["clinic", "conversation", "opened_at"], name="episodes_of_conversation")
        ]


class Message(ClinicModel):
    """One thing in a thread: a patient's message, ours, a private note, or what happened (assigned, closed)."""

    class Direction(models.TextChoices):
        IN = "in", "From the patient"
        OUT = "out", "To the patient"
        NOTE = "note", "Private note"
        EVENT = "event", "What happened"

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "channel", "external_id"], name="one_row_per_amendment")
        ]
        indexes = [
            models.Index(fields=["clinic", "channel", "target_external_id"], name="amendments_of_message")
        ]


class Attachment(ClinicModel):
    """One file of one message: fetched from the provider for theirs, uploaded by a member for ours."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be fetched"
        STORED = "stored", "Stored"
        FAILED = "failed", "Could not be fetched"
        REJECTED = "rejected", "Refused: not a safe file"
        EXPIRED = "expired", "Deleted after its time"

    message = ClinicKey(Message, models.CASCADE, null=True, related_name="attachments")
    channel = ClinicKey("integrations.Channel", models.PROTECT, related_name="+", db_index=False)
    uploaded_by = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    kind = models.CharField(max_length=12)  # image, video, audio, voice, document, sticker
    external_id = models.CharField(max_length=200, blank=True)  # the provider's media id
    declared_type = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=120, blank=True)  # what the bytes say
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 as told, hex
    file = models.FileField(max_length=200, blank=True)
    thumbnail = models.FileField(max_length=200, blank=True)
    filename = models.CharField(max_length=240, blank=True)
    size = models.PositiveBigIntegerField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["clinic", "due_at"], name="attachments_waiting", condition=Q(state="waiting")
            )
        ]


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
            models.CheckConstraint(condition=Q(months__gte=3), name="kept_three_months_at_least"),
        ]
