"""How urgent a conversation is and what it is about: priority and tags. All run inside clinic_scope().

Each raises Refused, as what handling.py does, when `by` sees the conversation by emergency access only.
"""

from collections.abc import Iterable

from clinics.models import Member

from ..models import Conversation, Tag, Tagging
from . import handling

Priority = Conversation.Priority


def set_priority(conversation: Conversation, priority: Priority, *, by: Member | None) -> None:
    """Say how urgent it is."""
    handling.lock_to_change(conversation, by)
    if conversation.priority == priority:
        return
    conversation.priority = priority
    conversation.save(update_fields=["priority"])
    handling.note_event(conversation, "prioritised", by, priority=Priority(priority).label)


def tag(conversation: Conversation, tags: Iterable[Tag], *, by: Member | None) -> None:
    """Put these tags on it; those it has already stay as they are."""
    handling.lock_to_change(conversation, by)
    new = [each for each in tags if each.pk not in tag_ids(conversation)]
    if not new:
        return
    Tagging.objects.bulk_create(Tagging(conversation=conversation, tag=each) for each in new)
    handling.note_event(conversation, "tagged", by, names=[each.name for each in new])


def untag(conversation: Conversation, tags: Iterable[Tag], *, by: Member | None) -> None:
    """Take these tags off it."""
    handling.lock_to_change(conversation, by)
    had = tag_ids(conversation)
    gone = [each for each in tags if each.pk in had]
    if not gone:
        return
    Tagging.objects.filter(conversation=conversation, tag__in=gone).delete()
    handling.note_event(conversation, "untagged", by, names=[each.name for each in gone])


def set_tags(conversation: Conversation, tags: Iterable[Tag], *, by: Member | None) -> None:
    """Make exactly these its tags."""
    wanted = {each.pk: each for each in tags}
    gone = Tag.objects.filter(taggings__conversation=conversation).exclude(pk__in=wanted)
    untag(conversation, list(gone), by=by)
    tag(conversation, wanted.values(), by=by)


def tag_ids(conversation: Conversation) -> set:
    """The ids of its tags now."""
    return set(Tagging.objects.filter(conversation=conversation).values_list("tag_id", flat=True))
