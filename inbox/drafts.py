"""What members have written and not sent, for those who wrote it."""

from collections.abc import Iterable
from uuid import UUID

from clinics.models import Member

from .models import Conversation, KeptDraft


def drafts_of(member: Member, conversation: Conversation) -> list[KeptDraft]:
    """The member's drafts in one conversation, the one they wrote last first."""
    drafts = KeptDraft.objects.filter(member=member, conversation=conversation)
    return list(drafts.select_related("reply_to__author").order_by("-updated_at", "-pk"))


def drafted(member: Member, conversations: Iterable[Conversation]) -> set[UUID]:
    """The ids of those in which the member has a draft; one query."""
    ids = [conversation.pk for conversation in conversations]
    drafts = KeptDraft.objects.filter(member=member, conversation__in=ids)
    return set(drafts.values_list("conversation_id", flat=True))
