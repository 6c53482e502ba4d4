"""Messages that waited too long: sending them now would surprise everybody, whatever kept them."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import gate
from ..models import Message
from .record import fail

TOO_OLD = timedelta(hours=24)
MOST = 500


def check_age(message: Message) -> None:
    """Raises gate.Refused when it may no longer go."""
    if message.created_at < timezone.now() - TOO_OLD:
        raise _refusal()


def give_up() -> set[UUID]:
    """Fail what nobody claims any more, as on a channel that is paused or broken. Inside a scope.

    Returns the conversations that changed, which the caller publishes.
    """
    before = timezone.now() - TOO_OLD
    old = Message.objects.filter(state=Message.State.QUEUED, created_at__lt=before).order_by("pk")
    return fail((message, _refusal()) for message in old.select_for_update(skip_locked=True)[:MOST])


def _refusal() -> gate.Refused:
    return gate.Refused("too_old", _("It waited for more than a day, so it was not sent."))
