"""Messages that came in, echoes of the clinic's phone and imported history, a batch in a handful of statements."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from clinic_inbox.tenancy import uuid7
from contacts.matching import Known
from integrations.events import Kind, MessageReceived
from integrations.models import Channel

from .. import bells, later, statuses
from ..models import Attachment
from . import changes, consent, entries, people, terms, threads
from .statements import as_json, ask

REST_OF_THE_SECOND = timedelta(microseconds=999_999)
HISTORY_STATES = {"sent", "delivered", "read", "played", "failed"}

FIND_CONVERSATIONS = """
SELECT c.id, c.channel_id, c.identity_id FROM inbox_conversation c
JOIN unnest(%(channels)s::uuid[], %(identities)s::uuid[]) AS t(channel_id, identity_id)
    ON c.clinic_id = %(clinic)s AND c.channel_id = t.channel_id AND c.identity_id = t.identity_id
"""
NEW_CONVERSATIONS = """
INSERT INTO inbox_conversation (id, clinic_id, channel_id, identity_id, contact_id, status, last_message_at, unread,
    preview, preview_kind, preview_direction, created_at)
SELECT uuidv7(), %(clinic)s, t.channel_id, t.identity_id, t.contact_id, 'closed', t.at, 0, '', 'text', 'in', now()
FROM unnest(%(channels)s::uuid[], %(identities)s::uuid[], %(contacts)s::uuid[], %(times)s::timestamptz[])
    AS t(channel_id, identity_id, contact_id, at)
ON CONFLICT DO NOTHING RETURNING id, channel_id, identity_id
"""
NEW_MESSAGES = """
INSERT INTO inbox_message (id, clinic_id, conversation_id, channel_id, direction, source, kind, text, content,
    external_id, reply_to_external_id, state, error_code, error_detail, gate, pricing, sent_at, attempts, created_at)
SELECT t.id, %(clinic)s, t.conversation_id, t.channel_id, t.direction, t.source, t.kind, t.text, t.content,
    t.external_id, t.reply_to, t.state, '', '', '{}', '{}', t.sent_at, 0, now()
FROM json_to_recordset(%(rows)s) AS t(id uuid, conversation_id uuid, channel_id uuid, direction text, source text,
    kind text, text text, content jsonb, external_id text, reply_to text, state text, sent_at timestamptz)
ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(slots=True)
class Received:
    """What a batch of messages did: conversations to show anew, files to fetch."""

    conversations: set[UUID] = field(default_factory=set)
    files: list[UUID] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """One event on its way to becoming a message."""

    id: UUID
    channel_id: UUID
    conversation_id: UUID
    identity_id: UUID
    event: MessageReceived
    taken_at: datetime  # one after the other within a batch

    @property
    def shown_at(self) -> datetime:
        """Its place in the thread. WhatsApp tells whole seconds: within one, what reached us later stands later."""
        at = self.event.sent_at
        return min(max(at, self.taken_at), at + REST_OF_THE_SECOND) if self.is_talk else at

    @property
    def is_talk(self) -> bool:
        """One side writing to the other alone, now: no history, no group, and nothing that WhatsApp itself tells."""
        event = self.event
        return not event.is_history and not event.group_id and event.kind != Kind.SYSTEM

    @property
    def direction(self) -> str:
        return "out" if self.event.is_echo else "in"

    @property
    def source(self) -> str:
        if self.event.is_history:
            return "history"
        return "phone" if self.event.is_echo else "contact"

    @property
    def state(self) -> str:
        if not self.event.is_echo:
            return "received"
        return self.event.status if self.event.status in HISTORY_STATES else "sent"

    def columns(self) -> dict:
        """The row for NEW_MESSAGES."""
        event = self.event
        return {
            "id": self.id,
            "conversation_id": self.conversation_id,
            "channel_id": self.channel_id,
            "direction": self.direction,
            "source": self.source,
            "kind": event.kind,
            "text": event.text,
            "content": _content(event),
            "external_id": event.external_id,
            "reply_to": event.reply_to,
            "state": self.state,
            "sent_at": self.shown_at,
        }


def receive(channels: dict[UUID, Channel], told: list) -> Received:
    """Store messages we do not have yet, with contacts, conversations, files and what they change. Safe to repeat."""
    told = terms.within(told)
    if not told:
        return Received()
    placed, touched = _place(channels, told)
    rows = _insert(placed)
    if not rows:
        return Received(touched)
    written = {row.conversation_id for row in rows if row.direction == "in" and row.is_talk}
    if written:
        later.stop_for_replies(written)
    threads.move(rows)
    external_ids = [row.event.external_id for row in rows]
    changes.adopt(external_ids)
    statuses.adopt([row.id for row in rows if row.event.is_echo])
    consent.read(rows)
    entries.count(rows)
    return Received(touched | {row.conversation_id for row in rows}, _expect_files(rows))


def fetch_files(clinic_id: UUID, attachment_ids: list[UUID]) -> None:
    """Ring for each file; after the commit that recorded them."""
    for attachment_id in attachment_ids:
        bells.ring_now(bells.FETCH, clinic_id, attachment_id)


def _place(channels: dict[UUID, Channel], told: list) -> tuple[list[Row], set[UUID]]:
    """Find or make each sender's identity and conversation. Returns also the conversations that this moved."""
    senders, touched = _people(channels, told)
    pairs = {}
    for each in told:
        known = senders[each.channel_id, each.event.sender]
        pairs.setdefault((each.channel_id, known.id), (known.contact_id, each.event.sent_at))
    conversations = _conversations(pairs)
    rows, now = [], timezone.now()
    for place, each in enumerate(told):
        identity_id = senders[each.channel_id, each.event.sender].id
        conversation_id = conversations[each.channel_id, identity_id]
        taken_at = now + timedelta(microseconds=place)
        rows.append(Row(uuid7(), each.channel_id, conversation_id, identity_id, each.event, taken_at))
    return rows, touched


def _people(channels: dict[UUID, Channel], told: list) -> tuple[dict[tuple, Known], set[UUID]]:
    senders = defaultdict(set)
    for each in told:
        channel = channels[each.channel_id]
        senders[channel.provider, channel.portfolio].add(each.event.sender)
    books, touched = {}, set()
    for scope, group in senders.items():
        books[scope], moved = people.meet(*scope, group)
        touched |= moved
    found = {}
    for each in told:
        channel = channels[each.channel_id]
        found[each.channel_id, each.event.sender] = books[channel.provider, channel.portfolio][
            each.event.sender
        ]
    return found, touched


def _conversations(pairs: dict[tuple[UUID, UUID], tuple[UUID, datetime]]) -> dict[tuple[UUID, UUID], UUID]:
    found = ask(FIND_CONVERSATIONS, channels=[key[0] for key in pairs], identities=[key[1] for key in pairs])
    known = {(channel_id, identity_id): pk for pk, channel_id, identity_id in found}
    missing = {key: value for key, value in pairs.items() if key not in known}
    if missing:
        made = ask(
            NEW_CONVERSATIONS,
            channels=[key[0] for key in missing],
            identities=[key[1] for key in missing],
            contacts=[contact_id for contact_id, _ in missing.values()],
            times=[at for _, at in missing.values()],
        )
        known |= {(channel_id, identity_id): pk for pk, channel_id, identity_id in made}
    return known


def _insert(rows: list[Row]) -> list[Row]:
    """Insert the messages; returns the rows that were new."""
    stored = ask(NEW_MESSAGES, rows=as_json([row.columns() for row in rows]))
    new = {pk for (pk,) in stored}
    return [row for row in rows if row.id in new]


def _content(event: MessageReceived) -> dict:
    extras = {}
    if event.referral:
        extras["referral"] = event.referral
    if event.is_forwarded:
        extras["is_forwarded"] = True
    if event.group_id:
        extras["group_id"] = event.group_id
    if event.errors:
        extras["errors"] = event.errors
    return event.content | extras if extras else event.content


def _expect_files(rows: list[Row]) -> list[UUID]:
    files = Attachment.objects.bulk_create(
        Attachment(
            message_id=row.id,
            channel_id=row.channel_id,
            kind=str(row.event.kind),
            external_id=row.event.media.external_id[:200],
            declared_type=row.event.media.content_type[:120],
            digest=row.event.media.sha256[:64],
            filename=row.event.media.filename[:240],
        )
        for row in rows
        if row.event.media
    )
    return [file.pk for file in files]
