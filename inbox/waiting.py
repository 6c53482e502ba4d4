"""What members see of messages for later: those that wait in a conversation, and those that were not sent."""

from django.db.models import Q

from clinics.models import Member

from . import queries
from .models import Conversation, Message
from .reasons import failure_of

MOST = 5  # told of at once


def scheduled_in(conversation: Conversation) -> list[Message]:
    """What is still to be sent in a conversation, the next first."""
    found = queries.for_later().filter(conversation=conversation, state=Message.State.SCHEDULED)
    return list(found.select_related("author"))


def not_sent(member: Member) -> list[Message]:
    """What this member wanted sent at a time and was not, in conversations they see; newest first, with `why_not`.

    Admins see also what members left behind who work here no more.
    """
    theirs = Q(author=member)
    if member.is_admin:
        theirs |= Q(author__is_active=False)
    missed = queries.for_later().filter(theirs, state=Message.State.FAILED, source=Message.Source.AGENT)
    missed = missed.filter(conversation__in=queries.visible_conversations(member))
    named = missed.select_related("conversation__contact", "conversation__identity")
    found = list(named.order_by("-sent_at")[:MOST])
    for message in found:
        message.why_not = failure_of(message).cause
    return found
