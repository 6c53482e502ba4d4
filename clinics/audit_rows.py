"""Who did or saw what, as it is kept: entries, and the chain that shows that none was changed. See audit_chain.py."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic_inbox.tenancy import ClinicKey, ClinicModel


class AuditEntry(ClinicModel):
    """One thing somebody did or saw. The application may add rows, never change them."""

    member = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+")
    actor = models.CharField(max_length=120)  # the member's or token's name at that time
    action = models.CharField(max_length=60)  # conversation.opened, member.invited, sign_in …
    target_kind = models.CharField(max_length=40, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)  # never patient text, never a secret
    address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [  # The audit page: newest first; and one conversation's readers.
            models.Index(fields=["clinic", "-created_at"], name="audit_newest"),
            models.Index(fields=["clinic", "target_kind", "target_id"], name="audit_target"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(action=""), name="audit_says_what")]


class AuditLink(ClinicModel):
    """The place of one entry in its clinic's chain: its digest covers the entry and all that were sealed before."""

    seq = models.BigIntegerField()
    entry = ClinicKey(AuditEntry, models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "seq"], name="one_audit_link_per_number"),
            models.UniqueConstraint(fields=["clinic", "entry"], name="one_audit_link_per_entry"),
        ]


class AuditRoot(ClinicModel):
    """The end of a clinic's chain when a day (UTC) was closed, signed with a key that the database does not hold."""

    day = models.DateField()
    seq = models.BigIntegerField()
    digest = models.BinaryField()
    key_id = models.CharField(max_length=60)
    seal = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "day", "key_id"], name="one_audit_root_per_day_and_key")
        ]
