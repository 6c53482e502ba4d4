"""What a lost bell or a dead worker left behind, found again. Run every few seconds."""

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinic_inbox.tenancy import clinic_scope
from integrations.models import Channel

from .. import bells, realtime, statuses
from ..models import Conversation, Message
from ..rounds import for_each_clinic
from . import age, doubt, release
from .job import first_id_at

RECEIPT_LATE, RECEIPT_TOO_LATE = timedelta(seconds=30), timedelta(hours=1)
STATUSES_SINCE = timedelta(minutes=10)
WAITING_STATUSES = """
SELECT m.id FROM inbox_statusevent s
JOIN inbox_message m
    ON m.clinic_id = s.clinic_id AND m.channel_id = s.channel_id AND m.external_id = s.external_id
WHERE s.clinic_id = %(clinic)s AND s.message_id IS NULL AND s.id > %(since)s
"""

# All that leases, doubts, age and channels with something to send are about; in most clinics there is none.
# With it: the scheduled messages whose time has come.
UNDER_WAY = """
SELECT EXISTS (SELECT FROM inbox_message WHERE clinic_id = %(clinic)s AND state IN ('queued', 'claimed'))
    OR EXISTS (SELECT FROM inbox_message
        WHERE clinic_id = %(clinic)s AND state = 'uncertain' AND lease_until IS NOT NULL),
    ARRAY (SELECT id FROM inbox_message
        WHERE clinic_id = %(clinic)s AND state = 'scheduled' AND send_at <= %(now)s ORDER BY send_at, id LIMIT 500)
"""


def sweep() -> None:
    """Over all clinics: expired leases, doubts and scheduled messages whose time has come, what is to be sent."""
    for_each_clinic(_sweep_clinic)


def _sweep_clinic(clinic_id: UUID) -> None:
    with clinic_scope(clinic_id):
        due = _look_after(clinic_id)
    release.release(clinic_id, due)


def _look_after(clinic_id: UUID) -> list[UUID]:
    """Returns the scheduled messages whose time has come."""
    changed = set()
    is_sending, due = _under_way(clinic_id)
    if is_sending:
        changed = doubt.expire_leases() | doubt.resolve() | age.give_up()
    changed |= _adopt_late_statuses(clinic_id)
    if is_sending:
        _ring_channels(clinic_id)
    _ring_receipts(clinic_id)
    if changed:
        # Last, since it locks the clinic's counter: whoever records an answer has the messages' locks before that one.
        realtime.publish(*(realtime.topic(conversation_id) for conversation_id in changed))
    return due


def _under_way(clinic_id: UUID) -> tuple[bool, list[UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(UNDER_WAY, {"clinic": clinic_id, "now": timezone.now()})
        return cursor.fetchone()


def _adopt_late_statuses(clinic_id: UUID) -> set[UUID]:
    """A status without our attempt id and the record of its message may be stored at one moment, each unseen."""
    since = first_id_at(timezone.now() - STATUSES_SINCE)
    with connection.cursor() as cursor:
        cursor.execute(WAITING_STATUSES, {"clinic": clinic_id, "since": since})
        found = {message_id for (message_id,) in cursor.fetchall()}
    return statuses.adopt(found) if found else set()


def _ring_channels(clinic_id) -> None:
    due = Message.objects.filter(
        channel=OuterRef("pk"), state=Message.State.QUEUED, due_at__lte=timezone.now()
    )
    for channel_id in Channel.objects.filter(Exists(due), state=Channel.State.CONNECTED).values_list(
        "pk", flat=True
    ):
        bells.ring(bells.DELIVER, clinic_id, channel_id)


def _ring_receipts(clinic_id) -> None:
    now = timezone.now()
    # Whatever kept it from being told for so long keeps doing so, and the patient's ticks are no longer news.
    Conversation.objects.filter(receipt_due_at__lt=now - RECEIPT_TOO_LATE).update(receipt_due_at=None)
    late = Conversation.objects.filter(receipt_due_at__lt=now - RECEIPT_LATE)
    for conversation_id in late.values_list("pk", flat=True)[:100]:
        bells.ring(bells.SHOW_READ, clinic_id, conversation_id, 0)
