"""What an API key may read: everything but sensitive conversations, unless it was made for those too."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from clinics.models import ApiToken
from contacts.models import Contact, Identity, PatientField
from contacts.operations import patient_fields

from . import sight
from .models import Attachment, Conversation


def visible_to_machine(token: ApiToken) -> QuerySet[Conversation]:
    """The conversations an API key may see. Every answer of the API comes through here."""
    return Conversation.objects.filter(sight.seen_with(token), clinic_id=token.clinic_id)


def contacts_of_machine(token: ApiToken) -> QuerySet[Contact]:
    """The contacts an API key may see: not those who have sensitive conversations only."""
    gone = Conversation.objects.filter(contact=OuterRef("pk"), erasing_at__isnull=False)
    contacts = Contact.objects.filter(~Exists(gone))
    return contacts if token.sees_sensitive else contacts.filter(_has_no_secret_only("contact"))


def identities_of_machine(token: ApiToken) -> QuerySet[Identity]:
    """The addresses an API key may see, in the same way."""
    if token.sees_sensitive:
        return Identity.objects.all()
    return Identity.objects.filter(_has_no_secret_only("identity"))


def fields_of_machine(token: ApiToken) -> QuerySet[PatientField]:
    """The clinic's own fields of a patient that an API key may read and fill; the hidden ones are sensitive."""
    return patient_fields() if token.sees_sensitive else patient_fields().filter(is_hidden=False)


def _has_no_secret_only(side: str):
    """For rows of this side of a conversation: they have a plain one, or no sensitive one."""
    theirs = Conversation.objects.filter(**{side: OuterRef("pk")})
    return ~Exists(theirs.filter(is_sensitive=True)) | Exists(theirs.filter(is_sensitive=False))


def files_of_machine(token: ApiToken) -> QuerySet[Attachment]:
    """The files an API key may see: those of conversations it sees, and its own uploads that no message carries yet."""
    seen = Q(message__conversation__in=visible_to_machine(token))
    return Attachment.objects.filter(Q(message=None, uploaded_with=token) | seen)
