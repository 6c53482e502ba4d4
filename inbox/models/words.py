"""Words at hand: saved replies, and what colleagues tell each other in notes."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel

from .conversations import Conversation
from .messages import Message

LONGEST_TITLE, LONGEST_SHORTCUT = 80, 30


class SavedReply(ClinicModel):
    """One answer often given, in one or more languages: the clinic's, or one member's own."""

    title = models.CharField(max_length=LONGEST_TITLE)
    shortcut = models.CharField(max_length=LONGEST_SHORTCUT, blank=True)
    bodies = models.JSONField(default=dict)  # language: text with variables, see inbox/variables.py
    owner = ClinicKey(
        "clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False
    )  # None: the clinic's
    is_for_teams = models.BooleanField(default=False)  # only members of its teams get it, not everybody
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)  # can be brought back for a while

    class Meta:
        indexes = [  # The API, newest first; the composer's list and the settings read all of a clinic's.
            models.Index(fields=["clinic", "-changed_at", "-id"], name="saved_replies_newest")
        ]
        ordering = ["title"]


class SavedReplyTeam(ClinicModel):
    """One team whose members get one saved reply."""

    reply = ClinicKey(SavedReply, models.CASCADE, related_name="for_teams", db_index=False)
    team = ClinicKey("clinics.Team", models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "reply", "team"], name="once_for_a_team")]


class SavedReplyFile(ClinicModel):
    """One file that goes along with one saved reply; each use sends a copy of its own."""

    reply = ClinicKey(SavedReply, models.CASCADE, related_name="files", db_index=False)
    kind = models.CharField(max_length=12)  # image, video, audio, document, sticker
    content_type = models.CharField(max_length=120)  # what the bytes say
    file = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200, blank=True)
    filename = models.CharField(max_length=240)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["clinic", "reply"], name="files_of_saved_reply")]
        ordering = ["created_at"]


class SavedReplyUse(ClinicModel):
    """How often one member has put one saved reply into an answer, and when last."""

    reply = ClinicKey(SavedReply, models.CASCADE, related_name="uses", db_index=False)
    member = ClinicKey("clinics.Member", models.CASCADE, related_name="+", db_index=False)
    count = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "reply", "member"], name="one_count_per_reply_and_member"
            )
        ]


class NoteAnswer(ClinicModel):
    """One private note that answers another: it belongs to the thread below that one, which answers none itself."""

    note = ClinicKey(Message, models.CASCADE, related_name="+", db_index=False)
    answer = ClinicKey(Message, models.CASCADE, related_name="answering", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "answer"], name="a_note_answers_one")]
        indexes = [  # The thread below a note, oldest first.
            models.Index(fields=["clinic", "note", "id"], name="answers_of_note")
        ]


class Mention(ClinicModel):
    """One member to whom one private note speaks; unseen until they have the conversation before their eyes."""

    note = ClinicKey(Message, models.CASCADE, related_name="mentions", db_index=False)
    conversation = ClinicKey(Conversation, models.CASCADE, related_name="+", db_index=False)
    member = ClinicKey("clinics.Member", models.CASCADE, related_name="+", db_index=False)
    is_answer = models.BooleanField(  # in a thread they took part in; otherwise it names them
        default=False, db_default=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # their browsers were looked for, and told if they wished

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "note", "member"], name="once_in_a_note")]
        indexes = [
            # The view "Mentions": a member's conversations.
            models.Index(fields=["clinic", "member", "conversation"], name="mentions_of_member"),
            models.Index(  # The count on every list.
                fields=["clinic", "member"], name="mentions_unseen", condition=Q(seen_at=None)
            ),
        ]


class Pin(ClinicModel):
    """One private note kept at the top of its thread and in the patient panel, until somebody takes it down."""

    note = ClinicKey(Message, models.CASCADE, related_name="pins", db_index=False)
    conversation = ClinicKey(Conversation, models.CASCADE, related_name="pins", db_index=False)
    by = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "note"], name="a_note_is_pinned_once")]
        indexes = [  # The top of a thread, and the patient panel.
            models.Index(fields=["clinic", "conversation"], name="pins_of_conversation")
        ]
