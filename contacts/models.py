"""The people the clinic talks with, and the addresses they write from."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic_inbox.tenancy import ClinicKey, ClinicModel

TINTS = 8


class Contact(ClinicModel):
    """One person the clinic talks with: patient, relative or carer."""

    name = models.CharField(max_length=200, blank=True)
    is_name_edited = models.BooleanField(
        default=False
    )  # staff corrected it: the channel's name no longer wins
    language = models.CharField(max_length=10, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    # Whom they write for, when not for themselves: "Leo, her son".
    writing_for = models.CharField(max_length=200, blank=True, db_default="")
    note = models.TextField(blank=True)  # what everybody who answers should know
    fields = models.JSONField(default=dict, db_default={})  # by the key of the clinic's PatientField
    # Ids of the records that were joined into this one: a backup of before has them apart, and an erasure names all.
    former = ArrayField(models.UUIDField(), default=list, db_default=[])
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(ClinicModel.Meta):
        indexes = [  # Contacts, newest first, as the API lists them.
            models.Index(fields=["clinic", "-created_at", "-id"], name="contacts_newest")
        ]

    def __str__(self):
        return self.name

    @property
    def initials(self) -> str:
        """One or two letters for the avatar; empty when the name is unknown or only a number."""
        words = [word for word in self.name.split() if word[0].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def tint(self) -> int:
        """Which of the eight avatar tints, stable per contact."""
        return self.pk.int % TINTS


class PatientField(ClinicModel):
    """One thing that the clinic wants to know of its patients. The values are in Contact.fields, under its key."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("One of several")
        YES_NO = "yes_no", _("Yes or no")

    key = models.CharField(max_length=50)  # never changes: templates and machines name the field by it
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    choices = models.JSONField(default=list)  # the words to choose from, of the kind "choice"
    is_hidden = models.BooleanField(default=False)  # shown only when it is asked for, and then on record
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="one_patient_field_per_key"),
        ]

    def __str__(self):
        return self.name

    @property
    def lines(self) -> str:
        """The choices as they are typed, one on each line."""
        return "\n".join(self.choices)


class ContactNote(ClinicModel):
    """One dated remark of a member about a contact, wherever they write."""

    contact = ClinicKey(Contact, models.CASCADE, related_name="notes", db_index=False)
    author = ClinicKey("clinics.Member", models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [  # The patient panel: the newest first.
            models.Index(fields=["clinic", "contact", "-created_at"], name="notes_of_contact")
        ]


class Identity(ClinicModel):
    """One person's address on one kind of channel, as that provider knows them.

    WhatsApp: `user_id` is the business-scoped user id, unique within the clinic's portfolio; `wa_id` the digits
    Meta routes by; `phone` what we may show. Any of them may be missing, and the number may come later.
    """

    contact = ClinicKey(Contact, models.PROTECT, related_name="identities")
    provider = models.CharField(max_length=20)
    portfolio = models.CharField(
        max_length=40, blank=True
    )  # business portfolio id; empty = the clinic itself
    user_id = models.CharField(max_length=160, null=True)
    parent_user_id = models.CharField(max_length=160, blank=True)
    wa_id = models.CharField(max_length=32, null=True)
    wa_key = models.CharField(max_length=32, blank=True)  # wa_id without national variants, for matching only
    username = models.CharField(max_length=64, blank=True)
    profile_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "provider", "portfolio", "user_id"],
                condition=Q(user_id__isnull=False),
                name="one_identity_per_user_id",
            ),
            models.UniqueConstraint(
                fields=["clinic", "provider", "portfolio", "wa_key"],
                condition=~Q(wa_key=""),
                name="one_identity_per_number",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "contact"], name="identities_of_contact"),
            models.Index(fields=["clinic", "wa_id"], name="identities_by_number"),  # The API's ?phone=
        ]

    @property
    def phone(self) -> str:
        """The number as shown and dialled, `+` and digits; empty when it is not known."""
        return f"+{self.wa_id}" if self.wa_id else ""

    @property
    def address(self) -> str:
        """What staff see under the name: number, else username, else the end of the user id."""
        if self.wa_id:
            return self.phone
        return f"@{self.username}" if self.username else f"…{(self.user_id or '')[-6:]}"


class Consent(ClinicModel):
    """One decision of a person about being written to, with its proof. The newest per purpose holds."""

    class Purpose(models.TextChoices):
        CARE = "care", _("Care and appointments")
        MARKETING = "marketing", _("Offers and news")

    identity = ClinicKey(Identity, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=12, choices=Purpose)
    is_granted = models.BooleanField()
    source = models.CharField(max_length=30)  # message, provider, agent, form
    external_id = models.CharField(max_length=300, blank=True)  # the message or event that proves it
    wording = models.CharField(max_length=200, blank=True)  # the phrase that was understood
    decided_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "identity", "purpose", "source", "external_id"],
                condition=~Q(external_id=""),
                name="one_consent_per_proof",
            )
        ]
        indexes = [  # The gate and the patient panel: the newest decisions at each address of a person.
            models.Index(fields=["clinic", "identity", "purpose", "-decided_at"], name="consent_newest")
        ]
