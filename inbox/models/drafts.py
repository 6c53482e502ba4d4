"""What members have written and not sent."""

from django.db import models
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel

from .conversations import Conversation
from .messages import Message


class KeptDraft(ClinicModel):
    """What one member has written and not sent, in one conversation and mode. Nobody else ever reads it."""

    class Mode(models.TextChoices):
        REPLY = "reply", "Answer to the patient"
        NOTE = "note", "Private note"

    conversation = ClinicKey(Conversation, models.CASCADE, related_name="+", db_index=False)
    member = ClinicKey("clinics.Member", models.CASCADE, related_name="+", db_index=False)
    mode = models.CharField(max_length=5, choices=Mode)
    text = models.TextField()
    reply_to = ClinicKey(Message, models.SET_NULL, null=True, related_name="+", db_index=False)
    # Grows with each save, and over the lives of drafts at one place: a page that knows an older one knows less.
    revision = models.BigIntegerField()
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            # Its index serves the list too: the member's drafts among the conversations of a page.
            models.UniqueConstraint(
                fields=["clinic", "member", "conversation", "mode"], name="one_draft_per_place"
            )
        ]
        indexes = [
            models.Index(fields=["clinic", "conversation"], name="drafts_of_conversation"),
            models.Index(fields=["clinic", "updated_at"], name="drafts_by_age"),  # the clinic's retention
            models.Index(  # a quoted message that is deleted
                fields=["reply_to"], name="drafts_quoting", condition=models.Q(reply_to__isnull=False)
            ),
        ]
