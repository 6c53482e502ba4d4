"""What notes say to somebody: to whom a colleague called by `@`, and to everybody what is pinned."""

from uuid import UUID

from clinics.models import Member
from contacts.models import Contact

from . import queries
from .models import Mention, Pin


def unseen_mentions(member: Member) -> set[UUID]:
    """The conversations in which a note names the member that they have not had before their eyes, as far as seen."""
    unseen = Mention.objects.filter(member=member, seen_at=None)
    seen = queries.visible_conversations(member).filter(pk__in=unseen.values("conversation"))
    return set(seen.values_list("pk", flat=True)[: queries.MOST_COUNTED])


def pins_about(contact: Contact, member: Member) -> list[Pin]:
    """The pinned notes of all of a contact's conversations that the member sees, the newest pin first."""
    theirs = queries.visible_conversations(member).filter(contact=contact)
    pins = Pin.objects.filter(conversation__in=theirs).select_related("note", "note__author", "by")
    named = ("note__author__name", "by__name")
    pins = pins.only("conversation", "created_at", "note__text", "note__content", *named)
    return list(pins.order_by("-created_at", "-pk"))
