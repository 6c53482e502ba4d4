"""Messages that waited too long: sending them now would surprise everybody, whatever kept them."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from .. import gate, later
from ..models import Message
from .record import fail

TOO_OLD = timedelta(hours=24)
STALE = timedelta(minutes=15)  # a greeting, or "we are closed now": said at once or not at all
MOST = 500


def check_age(message: Message) -> None:
    """Raises gate.Refused when it may no longer go."""
    later.check_time(message)
    later.check_reply(message)
    if message.content.get("auto") and message.created_at < timezone.now() - STALE:
        raise gate.Refused("auto_stale")
    if message.created_at < timezone.now() - TOO_OLD:
        raise _refusal()


def give_up() -> set[UUID]:
    """Fail what nobody claims any more, as on a channel that is paused or broken. Inside a scope.

    Returns the conversations that changed, which the caller publishes.
    """
    now = timezone.now()
    is_late = Q(created_at__lt=now - TOO_OLD) | Q(send_at__lt=now - later.TOO_LATE)
    is_late |= Q(created_at__lt=now - STALE, source=Message.Source.SYSTEM, content__has_key="auto")
    old = Message.objects.filter(is_late, state=Message.State.QUEUED).order_by("pk")
    return fail((message, _reason(message)) for message in old.select_for_update(skip_locked=True)[:MOST])


def _reason(message: Message) -> gate.Refused:
    try:
        check_age(message)
    except gate.Refused as refusal:
        return refusal
    return _refusal()


def _refusal() -> gate.Refused:
    return gate.Refused("too_old")
