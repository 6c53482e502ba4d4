"""Links and QR codes through which patients come to a number."""

from django.db import models
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel


class EntryLink(ClinicModel):
    """One place where patients are led to a number: a poster, the Google profile, an ad. Its text carries its code."""

    channel = ClinicKey("integrations.Channel", models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    text = models.CharField(
        max_length=200, blank=True
    )  # what stands in the patient's field, without the code
    code = models.CharField(max_length=8)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "code"], name="one_entry_link_per_code")]
        ordering = ["created_at"]

    @property
    def prefilled(self) -> str:
        """The whole text, as the patient sends it."""
        return f"{self.text} (#{self.code})".strip()


class EntryUse(ClinicModel):
    """One conversation that a link has brought, counted once however often its text is sent."""

    link = ClinicKey(EntryLink, models.CASCADE, related_name="uses")
    conversation = ClinicKey("inbox.Conversation", models.CASCADE, related_name="+")
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "link", "conversation"], name="once_per_link_and_conversation"
            )
        ]
