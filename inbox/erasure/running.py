"""An erasure at work: batch by batch, each a transaction of its own. Whoever dies leaves the rest for the next run.

Files go before the rows that name them. Each id gets its tombstone in the transaction in which its row goes.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone

from clinic_inbox.failpoints import failpoint
from clinic_inbox.tenancy import clinic_scope
from clinics import audit
from contacts.models import Contact
from integrations.models import ChannelEvent

from .. import files
from ..models import Amendment, Attachment, Attempt, Conversation, Erasure, Message, StatusEvent
from . import ledger, schema, tombstones, webhooks

logger = logging.getLogger(__name__)

BATCH = 500
BODIES = 100  # stored webhooks, and not more than webhooks.MOST_BYTES of them
SECONDS_PER_TURN = 20  # then the bell is rung anew, so that a worker can be stopped between turns
LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=30)  # while a message is leaving, or somebody writes to what is about to go
State = Message.State


def find_running(clinic_id: UUID) -> list[tuple[UUID, UUID]]:
    """(clinic, erasure) of those that are to go on. Inside clinic_scope()."""
    due = Erasure.objects.filter(state=Erasure.State.RUNNING, due_at__lte=timezone.now())
    return [(clinic_id, pk) for pk in due.order_by("due_at").values_list("pk", flat=True)]


def run(clinic_id: UUID, erasure_id: UUID) -> bool:
    """Go on with an erasure for some seconds. True when there is more to do at once. Call outside clinic_scope().

    Does nothing while another worker has it.
    """
    if not _claim(clinic_id, erasure_id):
        return False
    deadline, memory = time.monotonic() + SECONDS_PER_TURN, _Memory()
    try:
        for step in STEPS:
            while _in_scope(clinic_id, erasure_id, step, memory):
                if time.monotonic() > deadline:
                    _let_go(clinic_id, erasure_id)
                    return True
        _in_scope(clinic_id, erasure_id, _finish, memory)
    except (_NotYet, IntegrityError, ProtectedError):
        # Somebody was just writing to what is being deleted; the next run deletes that too.
        logger.info("erasure_waits", extra={"clinic_id": clinic_id})
        _let_go(clinic_id, erasure_id, PAUSE)
    return False


class _NotYet(Exception):
    """Something is in the way that passes by itself."""


@dataclass
class _Memory:
    """What the steps after the messages look for, read once in a run: a long thread has many ids."""

    theirs: tombstones.Theirs | None = None
    places: webhooks.Places | None = None

    def read(self, erasure: Erasure) -> None:
        if self.theirs is None:
            self.theirs, self.places = tombstones.theirs(erasure.pk), webhooks.our_places()


def _claim(clinic_id: UUID, erasure_id: UUID) -> bool:
    with clinic_scope(clinic_id):
        now = timezone.now()
        due = Erasure.objects.filter(pk=erasure_id, state=Erasure.State.RUNNING, due_at__lte=now)
        return bool(due.update(due_at=now + LEASE))


def _let_go(clinic_id: UUID, erasure_id: UUID, pause: timedelta = timedelta()) -> None:
    with clinic_scope(clinic_id):
        Erasure.objects.filter(pk=erasure_id).update(due_at=timezone.now() + pause)


def _in_scope(clinic_id: UUID, erasure_id: UUID, step: Callable, memory: _Memory) -> bool:
    """One batch of a step in a transaction of its own; True when the step has more to do."""
    with clinic_scope(clinic_id):
        erasure = Erasure.objects.select_for_update(of=["self"]).get(pk=erasure_id)
        gone: Counter = Counter()
        has_more = step(erasure, gone, memory)
        erasure.counts = dict(Counter(erasure.counts) + gone)
        if erasure.state == Erasure.State.RUNNING:
            erasure.due_at = timezone.now() + LEASE
        erasure.save()
        failpoint("erasing")
    return has_more


def _list(erasure: Erasure, _gone: Counter, _memory: _Memory) -> bool:
    """Once more, before anything goes: the process that began it may have died before, or the disk was full."""
    if not erasure.counts:
        ledger.note(erasure)
    return False


def _messages(erasure: Erasure, gone: Counter, _memory: _Memory) -> bool:
    """Messages with all that hangs on them. Raises _NotYet for one that is in the hands of a worker."""
    theirs = Message.objects.filter(conversation__contact=erasure.contact_id).order_by("pk")
    rows = list(
        theirs.select_for_update(of=["self"]).only("channel", "external_id", "state", "lease_until")[:BATCH]
    )
    now = timezone.now()
    if any(row.state == State.CLAIMED and row.lease_until and row.lease_until > now for row in rows):
        raise _NotYet
    ids = [row.pk for row in rows]
    _bury(erasure, rows)
    _forget_files(Attachment.objects.filter(message__in=ids), gone)
    for model, column in schema.OF_MESSAGE:
        _delete(model.objects.filter(**{f"{column}__in": ids}), gone)
    for channel_id, external_ids in _by_channel(rows).items():
        for model, column in schema.BY_EXTERNAL_ID.items():
            _delete(model.objects.filter(channel=channel_id, **{f"{column}__in": external_ids}), gone)
    _delete(Message.objects.filter(pk__in=ids), gone)
    return len(rows) == BATCH


def _bury(erasure: Erasure, rows: list[Message]) -> None:
    """By the provider's id, and by our attempts, with which statuses of what has no such id yet come back."""
    hasher = tombstones.hasher()
    nameless = [row.pk for row in rows if not row.external_id]
    attempts = Attempt.objects.filter(message__in=nameless).values_list("pk", flat=True)
    told = [row.external_id for row in rows if row.external_id] + [pk.hex for pk in attempts]
    tombstones.put(erasure, map(hasher.thing, told))


def _by_channel(rows: list[Message]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in rows:
        if row.external_id:
            found.setdefault(row.channel_id, []).append(row.external_id)
    return found


def _forget_files(rows, gone: Counter) -> None:
    attachments = list(rows.select_for_update(of=["self"]))
    files.forget(attachments)
    names = (getattr(each, name).name for each in attachments for name in files.FILES)
    gone["files"] += sum(map(bool, names))


def _webhooks(erasure: Erasure, gone: Counter, memory: _Memory) -> bool:
    """What providers posted, as it came."""
    memory.read(erasure)
    after, before = erasure.webhook_cursor, erasure.erased_at
    changed, cursor = webhooks.forget_in_batch(after, BODIES, before, memory.places, memory.theirs)
    gone["webhookevent"] += changed
    erasure.webhook_cursor = cursor or erasure.webhook_cursor
    return cursor is not None


def _reports(erasure: Erasure, gone: Counter, memory: _Memory) -> bool:
    """What providers reported of the channels, such as calls, where it names the patient."""
    rows = ChannelEvent.objects.filter(created_at__lt=erasure.erased_at).order_by("pk")
    rows = rows.filter(pk__gt=erasure.report_cursor) if erasure.report_cursor else rows
    batch = list(rows.only("payload", "dedupe_key")[:BATCH])
    memory.read(erasure)
    found = [row for row in batch if memory.theirs.mentioned_in(row.payload)]
    hasher = memory.theirs.hasher
    tombstones.put(erasure, (hasher.thing(row.dedupe_key) for row in found))
    _delete(ChannelEvent.objects.filter(pk__in=[row.pk for row in found]), gone)
    erasure.report_cursor = batch[-1].pk if batch else erasure.report_cursor
    return len(batch) == BATCH


def _strays(erasure: Erasure, gone: Counter, memory: _Memory) -> bool:
    """Statuses and edits of messages that we do not have, such as another system's: they tell whose."""
    memory.read(erasure)
    waiting = Amendment.objects.filter(applied_at=None, amended_at__lt=erasure.erased_at).only("people")
    theirs = [each.pk for each in waiting if any(map(memory.theirs.names, each.people))]
    _delete(Amendment.objects.filter(pk__in=theirs), gone)
    rows = StatusEvent.objects.filter(message=None, created_at__lt=erasure.erased_at)
    recipients = rows.exclude(recipient="").values_list("recipient", flat=True).distinct()
    _delete(rows.filter(recipient__in=[each for each in recipients if memory.theirs.names(each)]), gone)
    return False


def _rest(erasure: Erasure, gone: Counter, _memory: _Memory) -> bool:
    """The conversations, with what hangs on them, and the person."""
    conversations = Conversation.objects.filter(contact=erasure.contact_id)
    list(conversations.select_for_update(of=["self"]).values_list("pk", flat=True))
    unsent = Attachment.objects.filter(uploaded_for__in=conversations)
    _forget_files(unsent, gone)
    _delete(unsent, gone)
    for model in schema.OF_CONVERSATION:
        _delete(model.objects.filter(conversation__in=conversations), gone)
    for model, path in schema.OF_PERSON.items():
        _delete(model.objects.filter(**{path: erasure.contact_id}), gone)
    _delete(Contact.objects.filter(pk=erasure.contact_id), gone)
    return False


def _finish(erasure: Erasure, _gone: Counter, _memory: _Memory) -> bool:
    """On record, by number."""
    erasure.state, erasure.finished_at = Erasure.State.DONE, timezone.now()
    audit.record("patient.erased", actor="erasure", target=erasure, detail=erasure.counts)
    logger.info("erased", extra={"clinic_id": erasure.clinic_id, "contact_id": erasure.contact_id})
    return False


def _delete(rows, gone: Counter) -> None:
    gone[rows.model._meta.model_name] += rows.delete()[1].get(rows.model._meta.label, 0)


STEPS = (_list, _messages, _webhooks, _reports, _strays, _rest)
