"""The beginning of an erasure, in one transaction: the patient is out of sight, and a stranger from this moment on."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Member
from clinics.refusal import Refused
from contacts.models import Contact, Identity
from integrations.models import ChannelEvent
from integrations.whatsapp.numbers import matching_key

from .. import bells, realtime
from ..intake.drain import LOCK, shards_waiting
from ..models import ERASING, Conversation, Erasure, Message
from . import ledger, tombstones, webhooks

State = Message.State
PATIENCE = "5s"  # with who is taking in messages; a batch takes a part of a second
MOVED = ("number_changed", "address_changed", "address_lost")  # lines of a thread that name an earlier number
FORGOTTEN = {
    "name": "",
    "language": "",
    "time_zone": "",
    "writing_for": "",
    "note": "",
    "fields": {},
    "is_name_edited": False,
}
UNREACHED = {
    "wa_id": None,
    "wa_key": "",
    "user_id": None,
    "parent_user_id": "",
    "username": "",
    "profile_name": "",
}
SETTLED = {
    "status": ERASING,
    "preview": "",
    "unread": 0,
    **dict.fromkeys(("waiting_since", "snoozed_until", "attend_at", "reply_due_at", "reply_soon_at")),
    "receipt_due_at": None,
}


def hold(contact_id: UUID) -> Contact:
    """The patient, as they stay until this transaction ends: what comes in could join them with another record.

    Raises Refused for who is being erased or has just been joined, and while too much comes in.
    """
    _stop_intake()
    contact = Contact.objects.select_for_update(of=["self"]).filter(pk=contact_id).first()
    if has_begun(contact_id):  # by somebody else, while we waited
        raise Refused(_("This patient is being erased."))
    if contact is None:
        raise Refused(_("This record was just joined with another one of the same patient. Open it again."))
    return contact


def begin(
    contact: Contact, reason: str, *, by: Member | None = None, erased_at: datetime | None = None
) -> Erasure:
    """Put a patient out of sight and reach; a worker deletes what there is of them. In the transaction of hold().

    What waits to be sent is taken back. Raises Refused while something is leaving for them this moment: roll back.
    """
    erased_at = erased_at or timezone.now()
    theirs = Conversation.objects.filter(contact=contact)
    _stop_sends(theirs)
    erasure = Erasure.objects.create(
        contact_id=contact.pk, former=contact.former, reason=reason, requested_by=by, erased_at=erased_at
    )
    hasher = tombstones.hasher()
    tombstones.put(erasure, map(hasher.person, _addresses(contact)))
    topics = [realtime.topic(pk) for pk in theirs.values_list("pk", flat=True)]
    theirs.update(erasing_at=timezone.now(), **SETTLED)
    Identity.objects.filter(contact=contact).update(**UNREACHED)
    Contact.objects.filter(pk=contact.pk).update(**FORGOTTEN)
    ledger.note(erasure)
    bells.ring(bells.ERASE, erasure.clinic_id, erasure.pk)
    if topics:
        realtime.publish(*topics)
    return erasure


def _stop_intake() -> None:
    """Wait for who is taking in messages: what they know of the patient would outlive this transaction."""
    ours = {hook.int % settings.INGEST_SHARDS for hook in webhooks.our_places().hooks}
    # And those of a time when there were more: whose they are is not known.
    shards = sorted(ours | {shard for shard in shards_waiting() if shard >= settings.INGEST_SHARDS})
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            for shard in shards:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK + shard])
    except OperationalError as error:
        raise Refused(_("Many messages are coming in just now. Try again in a minute.")) from error
    for shard in shards:
        bells.ring(bells.DRAIN, shard)  # who found the lock taken relies on us


def _stop_sends(conversations) -> None:
    """Take back what has not left. Raises Refused for what is in the hands of a worker: nobody can call it back."""
    messages = Message.objects.filter(conversation__in=conversations)
    waiting = messages.filter(state__in=[State.QUEUED, State.SCHEDULED])
    waiting.update(state=State.CANCELLED, due_at=None)
    messages.filter(state=State.UNCERTAIN).update(lease_until=None)  # nobody tries it again
    if messages.filter(state=State.CLAIMED, lease_until__gt=timezone.now()).exists():
        raise Refused(_("A message to this patient is leaving just now. Try again in a minute."))


def _addresses(contact: Contact) -> set[str]:
    """Every address they write or wrote from, but for those that somebody else has now."""
    found: set[str] = set()
    for identity in Identity.objects.filter(contact=contact):
        found |= {identity.wa_id or "", identity.user_id or "", identity.parent_user_id}
    lines = Message.objects.filter(conversation__contact=contact, direction="event", kind__in=MOVED)
    for content in lines.values_list("content", flat=True):
        found |= {str(content.get("old") or ""), str(content.get("new") or "")}
    found = _with_earlier_ones(found - {""})
    return found - _of_others(contact, found)


def _with_earlier_ones(found: set[str]) -> set[str]:
    """With what a provider told that these had been before, or have become."""
    moves = [
        {value for name, value in payload.items() if name.startswith(("old_", "new_")) and value}
        for payload in ChannelEvent.objects.filter(field="identity_changed").values_list("payload", flat=True)
    ]
    while more := [move for move in moves if move & found and not move <= found]:
        found = found.union(*more)
    return found


def _of_others(contact: Contact, addresses: Iterable[str]) -> set[str]:
    others = Identity.objects.exclude(contact=contact)
    keys = {each: matching_key(each) for each in addresses}
    held = others.filter(Q(user_id__in=keys) | Q(wa_key__in=keys.values())).values_list("user_id", "wa_key")
    taken = set(chain.from_iterable(held))
    return {each for each, key in keys.items() if each in taken or key in taken}


def has_begun(contact_id: UUID) -> bool:
    """Whether this patient of the active clinic is erased or being erased."""
    return Erasure.objects.filter(contact_id=contact_id).exists()
