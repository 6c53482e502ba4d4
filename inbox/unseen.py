"""What came into a thread that somebody's page has not shown."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from clinic_inbox.tenancy import uuid7_of
from clinics.models import Member

from .models import Conversation, Message
from .queries import NOT_IN_THREAD

NOTHING = "-"  # a page says so that shows no message
# Ids tell when a row was made, not when it was committed: one a little older may have come after what was shown.
SLOWEST_COMMIT = timedelta(minutes=1)
LATEST_WEBHOOK = timedelta(days=8)  # the provider tries for a week; sent_at is its time

Direction, Source = Message.Direction, Message.Source
# Nobody looks up for what machines sent, nor for what was copied from the phone's history.
TO_BE_SEEN = Q(direction=Direction.IN, source=Source.CONTACT) | Q(direction=Direction.NOTE)
TO_BE_SEEN |= Q(direction=Direction.OUT, source__in=[Source.AGENT, Source.PHONE])


def first_unseen(conversation: Conversation, seen: Collection[UUID], *, by: Member | None) -> Message | None:
    """The oldest message of the patient or of a colleague of `by` that is not among `seen` and came after them.

    `seen` are the newest ones shown: all those of the last minute before the very newest, and that one.
    """
    news = Message.objects.filter(TO_BE_SEEN, conversation=conversation).exclude(kind="reaction")
    news = news.exclude(state__in=NOT_IN_THREAD)
    if by is not None:
        news = news.exclude(author=by)
    if seen:
        newest = made_at(max(seen))
        # The second bound is for the thread's index, which is by time.
        news = news.filter(pk__gte=uuid7_of(newest - SLOWEST_COMMIT), sent_at__gt=newest - LATEST_WEBHOOK)
    return news.exclude(pk__in=seen).select_related("author").order_by("sent_at", "pk").first()


def up_to(message: Message) -> set[UUID]:
    """What first_unseen() takes for somebody who knows this message and all that came before it."""
    since = uuid7_of(made_at(message.pk) - SLOWEST_COMMIT)
    earlier = Message.objects.filter(
        conversation=message.conversation_id,
        pk__range=(since, message.pk),
        sent_at__gt=made_at(message.pk) - LATEST_WEBHOOK,
    )
    return {message.pk, *earlier.values_list("pk", flat=True)}


def read_seen(text: str) -> set[UUID]:
    """The ids a page names. What is no id of ours is passed over."""
    return {found for each in text.split(",") if (found := _read(each)) and found.version == 7}


def made_at(pk: UUID) -> datetime:
    """When the row of this id (UUIDv7) was made."""
    return datetime.fromtimestamp((pk.int >> 80) / 1000, tz=UTC)


def _read(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
