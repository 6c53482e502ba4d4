"""What a lost bell or a dead worker left behind, found again. Run every few seconds."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from clinics.models import Clinic
from integrations.models import Channel

from .. import bells
from ..models import Conversation, Message
from . import doubt

RECEIPT_LATE = timedelta(seconds=30)


def sweep() -> None:
    """Over all clinics: expired leases, doubts whose time has come, and channels with something to send."""
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with clinic_scope(clinic_id):
            doubt.expire_leases()
            doubt.resolve()
            _ring_channels(clinic_id)
            _ring_receipts(clinic_id)


def _ring_channels(clinic_id) -> None:
    due = Message.objects.filter(
        channel=OuterRef("pk"), state=Message.State.QUEUED, due_at__lte=timezone.now()
    )
    for channel_id in Channel.objects.filter(Exists(due), state=Channel.State.CONNECTED).values_list(
        "pk", flat=True
    ):
        bells.ring(bells.DELIVER, clinic_id, channel_id)


def _ring_receipts(clinic_id) -> None:
    late = Conversation.objects.filter(receipt_due_at__lt=timezone.now() - RECEIPT_LATE)
    for conversation_id in late.values_list("pk", flat=True)[:100]:
        bells.ring(bells.SHOW_READ, clinic_id, conversation_id, 0)
