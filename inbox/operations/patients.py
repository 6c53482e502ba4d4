"""What members and machines correct about a patient: on record, and on every screen that shows them.

All run inside clinic_scope(). `by` is None when a machine asked; then `actor` names it. Each change raises Refused when
`by` sees this person by emergency access only: what is changed outlasts the hour.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinics import audit
from clinics.models import Member
from clinics.refusal import Refused, check_room
from contacts import values
from contacts.models import Contact, ContactNote, PatientField

from .. import realtime, sight
from ..models import Conversation
from .noting import ONLY_READ

MOST_NOTES = 500  # about one person


def may_change(contact: Contact, by: Member | None) -> bool:
    """Whether `by` sees one of this person's conversations without breaking a glass."""
    return by is None or Conversation.objects.filter(sight.by_right(by), contact=contact).exists()


def change_contact(contact: Contact, told: dict, *, by: Member | None = None, actor="") -> list[str]:
    """Take over these facts; returns the names of those that were others before, sorted.

    A name that staff typed wins over the channel's from then on.
    """
    _check(contact, by)
    changed = sorted(name for name, value in told.items() if getattr(contact, name) != value)
    if not changed:
        return []
    for name in changed:
        setattr(contact, name, told[name])
    if "name" in changed:
        contact.is_name_edited = bool(contact.name)
    contact.save(update_fields=[*changed, "is_name_edited"])
    _record("contact.changed", contact, by, actor, changed=changed)
    return changed


def set_fields(
    contact: Contact, told: dict[PatientField, object], *, by: Member | None = None, actor=""
) -> None:
    """Put these values, as they were typed, into the clinic's own fields. Raises values.Wrong before any is kept."""
    _check(contact, by)
    kept = {field.key: values.read_value(field, typed) for field, typed in told.items()}
    # Locked and read anew: a colleague may be filling in another field at this moment.
    current = Contact.objects.select_for_update(no_key=True).only("fields").get(pk=contact.pk).fields
    wanted = {key: value for key, value in (current | kept).items() if value is not None}
    contact.fields = wanted
    if wanted == current:
        return
    contact.save(update_fields=["fields"])
    _record("contact.changed", contact, by, actor, changed=sorted(kept))


def show_field(contact: Contact, field: PatientField, *, by: Member) -> None:
    """A member asks to see what a hidden field holds."""
    if field.is_hidden:
        audit.record("contact.field_shown", member=by, target=contact, detail={"field": field.key})


def add_contact_note(contact: Contact, text: str, *, by: Member) -> ContactNote:
    """Write a remark about this person."""
    _check(contact, by)
    check_room(contact.notes.count(), MOST_NOTES)
    note = ContactNote.objects.create(contact=contact, author=by, text=text)
    _record("contact.note_added", contact, by)
    return note


def change_contact_note(note: ContactNote, text: str, *, by: Member) -> None:
    """Write it anew; an empty text takes it away. Raises Refused for all but its author, and admins who delete it."""
    _check(note.contact, by)
    if note.author_id != by.pk and not (by.is_admin and not text):
        raise Refused(_("Only who wrote a note can change it."))
    if not text:
        note.delete()
    elif text != note.text:
        note.text, note.edited_at = text, timezone.now()
        note.save(update_fields=["text", "edited_at"])
    else:
        return
    _record("contact.note_changed" if text else "contact.note_deleted", note.contact, by)


def _check(contact: Contact, by: Member | None) -> None:
    if not may_change(contact, by):
        raise Refused(ONLY_READ)


def _record(action: str, contact: Contact, by: Member | None, actor="", **detail) -> None:
    audit.record(action, member=by, actor=actor, target=contact, detail=detail)
    conversations = contact.conversations.values_list("pk", flat=True)
    realtime.publish(f"contact-{contact.pk}", *(realtime.topic(each) for each in conversations))
