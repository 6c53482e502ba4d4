"""What lists are narrowed by: the clinic's tags, and filters that somebody keeps."""

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel
from clinics.models import Role

from .conversations import Conversation

TINTS = 8  # quiet colours, as in static/css/tokens.css


class Tag(ClinicModel):
    """A word of the clinic's own for conversations. An archived one stays where it is and is offered no more."""

    name = models.CharField(max_length=40)
    tint = models.PositiveSmallIntegerField(default=0)
    is_archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("clinic", Lower("name"), name="one_tag_per_name")]
        ordering = ["name"]

    def __str__(self):
        return self.name


class Tagging(ClinicModel):
    """One tag on one conversation."""

    conversation = ClinicKey(Conversation, models.CASCADE, related_name="taggings")
    tag = ClinicKey(Tag, models.CASCADE, related_name="taggings")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "conversation", "tag"], name="tagged_once")]
        indexes = [models.Index(fields=["clinic", "tag", "conversation"], name="conversations_of_tag")]


class SavedFilter(ClinicModel):
    """A list that somebody keeps: for themselves, for a team, or for everybody. Each sees only what they may."""

    name = models.CharField(max_length=60)
    owner = ClinicKey("clinics.Member", models.CASCADE, related_name="+")
    team = ClinicKey("clinics.Team", models.CASCADE, null=True, related_name="+")
    is_shared = models.BooleanField(default=False)  # with the whole clinic
    listing = models.CharField(max_length=2000)  # the address of the list, as inbox.listing writes it
    default_for = models.CharField(max_length=10, choices=Role, blank=True)  # what this role begins with
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "default_for"],
                condition=~models.Q(default_for=""),
                name="one_default_filter_per_role",
            ),
            models.CheckConstraint(
                condition=models.Q(default_for="") | models.Q(is_shared=True),
                name="default_filters_are_shared",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "owner"], name="filters_of_member")]
        ordering = ["name"]

    def __str__(self):
        return self.name
