"""Erasing one patient, asked for by an admin who sees everything that would go. All run inside clinic_scope()."""

from django.db import transaction
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused
from contacts.models import Contact

from .. import sight
from ..erasure import beginning
from ..models import Attachment, Conversation, Erasure, Message


def erase(contact: Contact, reason: str, *, by: Member) -> Erasure:
    """Put the patient out of sight at once and have a worker delete what there is of them; on record.

    Raises Refused for who is no admin or does not see all of the patient's conversations, for a record that is gone,
    and while something is leaving for the patient.
    """
    if not by.is_admin:
        raise Refused(_("Only admins and owners can erase a patient."))
    with transaction.atomic():
        contact = beginning.hold(contact.pk)
        if hides_some(contact, by):
            raise Refused(hidden_sentence())
        begun = beginning.begin(contact, reason, by=by)
    audit.record("patient.erasure_requested", member=by, target=contact, detail={"reason": reason})
    return begun


def hides_some(contact: Contact, by: Member) -> bool:
    """The patient has a conversation that `by` does not see, or sees by emergency access only."""
    everything = Conversation.objects.filter(sight.STAYS, contact=contact)
    return everything.filter(sight.is_false(sight.by_right(by))).exists()


def hidden_sentence() -> str:
    """Why who does not see everything cannot erase. Admins may know that it exists: the patient panel says so, too."""
    return _(
        "This patient has a conversation that you do not see. Who looks after it has to assign it to you first."
    )


def told_name(contact: Contact) -> str:
    """What is typed to prove that it is this patient who is meant: their name, or where they write from."""
    first = contact.identities.order_by("created_at").first()
    return contact.name or (first.address if first else str(contact.pk)[-6:])


def extent_of(contact: Contact) -> dict[str, int]:
    """How much there is of the patient, for the page that asks."""
    messages = Message.objects.filter(conversation__contact=contact)
    files = Attachment.objects.filter(message__conversation__contact=contact)
    return {
        "conversations": Conversation.objects.filter(contact=contact).count(),
        "messages": messages.filter(direction__in=["in", "out"]).count(),
        "files": files.exclude(file="").count(),
    }
