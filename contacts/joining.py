"""Two records of one person become one, when it turns out that both addresses are theirs."""

from uuid import UUID

from .models import Contact, ContactNote, Identity

FACTS = ("language", "time_zone", "writing_for")


def absorb(old: UUID, into: UUID) -> None:
    """Give a person what was kept of them under a record that no address leads to any more, which goes.

    What stands there already stays; notes of both are kept. Call in a transaction, when conversations and identities
    have moved.
    """
    if old == into or Identity.objects.filter(contact=old).exists():
        return
    both = Contact.objects.filter(pk__in=[old, into]).order_by("pk").select_for_update(of=["self"])
    found = {contact.pk: contact for contact in both}
    if found.keys() != {old, into}:
        return
    gone, kept = found[old], found[into]
    for name in FACTS:
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    if (gone.is_name_edited and not kept.is_name_edited) or not kept.name:
        kept.name, kept.is_name_edited = gone.name, gone.is_name_edited
    kept.note = "\n".join(dict.fromkeys(filter(None, (kept.note, gone.note))))
    kept.fields = gone.fields | kept.fields
    kept.former = [*kept.former, old, *gone.former]
    kept.save()
    ContactNote.objects.filter(contact=old).update(contact=into)
    gone.delete()
