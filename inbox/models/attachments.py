"""Files of messages."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel

from .conversations import Conversation
from .messages import Message


class Attachment(ClinicModel):
    """One file of one message: fetched from the provider for theirs, uploaded by a member or machine for ours."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting to be fetched"
        STORED = "stored", "Stored"
        FAILED = "failed", "Could not be fetched"
        REJECTED = "rejected", "Refused: not a safe file"
        EXPIRED = "expired", "Deleted after its time"

    class Twin(models.TextChoices):
        NONE = "", "Not looked at, or none is needed"
        WAITING = "waiting", "Waiting to be listened to"
        READY = "ready", "Listened to; a twin was made where one is needed"
        FAILED = "failed", "Could not be read as a sound"

    message = ClinicKey(Message, models.CASCADE, null=True, related_name="attachments")
    channel = ClinicKey("integrations.Channel", models.PROTECT, related_name="+", db_index=False)
    uploaded_by = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False)
    uploaded_with = ClinicKey("clinics.ApiToken", models.PROTECT, null=True, related_name="+", db_index=False)
    # In whose composer: nobody else can be sent it. Empty for a machine's, which says to whom when it sends.
    uploaded_for = ClinicKey(Conversation, models.CASCADE, null=True, related_name="+", db_index=False)
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
    # Of sounds, made after they came (inbox/sounds.py): how long, how loud along the way, and a twin for browsers
    # that cannot play the file itself.
    seconds = models.FloatField(null=True)
    peaks = models.JSONField(null=True)  # 64 whole numbers from 0 to 100
    playable_state = models.CharField(max_length=10, choices=Twin, blank=True, db_default="")
    playable_file = models.FileField(max_length=200, blank=True, db_default="")
    playable_type = models.CharField(max_length=120, blank=True, db_default="")
    problem = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["clinic", "due_at"], name="attachments_waiting", condition=Q(state="waiting")
            ),
            models.Index(  # Sweeper: sounds that nobody has listened to yet.
                fields=["clinic", "due_at"], name="sounds_waiting", condition=Q(playable_state="waiting")
            ),
            models.Index(  # Erasing: a conversation goes with what was uploaded for it.
                fields=["clinic", "uploaded_for"],
                name="uploads_of_conversation",
                condition=Q(uploaded_for__isnull=False),
            ),
        ]
