"""The erasure of one patient: the request with its receipt, and what keeps the erased from coming back."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic_inbox.tenancy import ClinicKey, ClinicModel
from clinic_inbox.vault import Sealed


class Erasure(ClinicModel):
    """One patient being erased, or erased: who asked for it and when, how far it is, how many rows went.

    Nothing in it says who the patient was: `contact_id` and `former` are ids of ours whose rows are gone.
    """

    class Reason(models.TextChoices):
        ASKED = "asked", _("The patient asked for it")
        UNNEEDED = "unneeded", _("The clinic has no reason any more to keep it")
        MISTAKE = "mistake", _("It should never have come here, such as a wrong number")
        DUTY = "duty", _("An authority or a court asked for it")
        RESTORED = "restored", _("Erased before, and back from a backup")

    class State(models.TextChoices):
        RUNNING = "running", _("Being erased")
        DONE = "done", _("Erased")

    contact_id = models.UUIDField()
    former = ArrayField(models.UUIDField(), default=list, db_default=[])  # as the patient's record had them
    reason = models.CharField(max_length=10, choices=Reason)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    requested_by = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False)
    # From here on the patient is a stranger: what was said before does not come back, what is said later is new.
    erased_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)  # what it is, as erasure/schema.py calls it: how many went
    webhook_cursor = models.BigIntegerField(default=0)  # the last stored webhook that was looked through
    report_cursor = models.UUIDField(null=True)  # and the last report of a provider
    due_at = models.DateTimeField(
        default=timezone.now
    )  # a worker has it until then, or it waits for a send to end

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "contact_id"], name="one_erasure_of_a_patient")
        ]
        indexes = [
            models.Index(fields=["clinic", "-erased_at", "-id"], name="erasures_newest"),
            models.Index(  # Sweeper: what is to go on.
                fields=["clinic", "due_at"], name="erasures_running", condition=Q(state="running")
            ),
        ]

    @property
    def total(self) -> int:
        """How many rows and files went so far."""
        return sum(self.counts.values())


class TombstoneKey(ClinicModel):
    """The key of one clinic's tombstones, made with its first erasure. It changes with no other key."""

    secret_sealed = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now)

    secret = Sealed()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic"], name="one_key_of_tombstones")]


class Tombstone(ClinicModel):
    """The keyed hash of one id that was erased: an address of the patient, a message, what a provider reported."""

    erasure = ClinicKey(Erasure, models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField()
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "digest"], name="one_tombstone_of_an_id")]
        indexes = [models.Index(fields=["clinic", "erasure"], name="tombstones_of_erasure")]
