"""Transaction 1: take due messages, ask the gate again, write the attempt. After it nobody else sends them."""

from datetime import timedelta
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import Prefetch
from django.utils import timezone

from clinic_inbox.failpoints import failpoint
from clinic_inbox.tenancy import clinic_scope, current_clinic_id, uuid7
from contacts.models import Identity
from integrations.events import MEDIA_KINDS, File, Kind
from integrations.models import Channel, Template

from .. import gate, realtime
from ..models import Attachment, Attempt, Conversation, Message
from . import rates
from .age import check_age
from .job import Job, Upload, elapsed
from .record import fail

MOST = 200
UPLOAD_LEASES = 5  # leases a message with a file gets: up to 100 MB travel first
MEDIA_ID_KEPT = timedelta(days=29)  # the provider keeps an uploaded file for 30 days

# All that judging, composing and recording use: at a thousand a second each column counts.
MESSAGE = (
    "clinic_id",
    "conversation_id",
    "channel_id",
    "kind",
    "text",
    "content",
    "reply_to_external_id",
    "due_at",
)
MESSAGE += ("attempts", "sent_at", "created_at", "send_at", "source", "stops_on_reply")
CONVERSATION = (
    "clinic_id",
    "contact_id",
    "identity_id",
    "last_inbound_at",
    "entry_point_until",
    "erasing_at",
)
IDENTITY = ("clinic_id", "wa_id", "user_id")

# Only the first unanswered message of a conversation: the next one waits for its answer, so order is kept.
# A sub-query with a limit, because as an anti-join it reads the whole queue per message while statistics are missing.
CLAIMABLE = """
SELECT m.id FROM inbox_message m
WHERE m.clinic_id = %(clinic)s AND m.channel_id = %(channel)s AND m.state = 'queued' AND m.due_at <= %(now)s
    AND m.id = (
        SELECT e.id FROM inbox_message e
        WHERE e.clinic_id = m.clinic_id AND e.conversation_id = m.conversation_id AND e.state IN ('queued', 'claimed')
        ORDER BY (e.state = 'queued'), e.created_at, e.id LIMIT 1)
ORDER BY m.due_at, m.id LIMIT %(limit)s
"""
DUE = f"{CLAIMABLE} FOR UPDATE OF m SKIP LOCKED"
TAKE = """
UPDATE inbox_message m SET state = 'claimed', attempts = m.attempts + 1, gate = r.gate, due_at = NULL,
    lease_until = r.lease_until
FROM unnest(%(ids)s::uuid[], %(gates)s::jsonb[], %(leases)s::timestamptz[]) AS r(id, gate, lease_until)
WHERE m.clinic_id = %(clinic)s AND m.id = r.id
"""
POSTPONE = """
UPDATE inbox_message m SET due_at = r.due_at FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS r(id, due_at)
WHERE m.clinic_id = %(clinic)s AND m.id = r.id
"""
RECENT = """
SELECT m.conversation_id, count(*), min(a.started_at) FROM inbox_message m
JOIN inbox_attempt a ON a.clinic_id = m.clinic_id AND a.message_id = m.id
WHERE m.clinic_id = %(clinic)s AND m.conversation_id = ANY(%(conversations)s) AND m.direction = 'out'
    AND m.sent_at > %(since)s - interval '20 minutes' AND a.started_at > %(since)s
GROUP BY m.conversation_id
"""


def claim(clinic_id: UUID, channel_id: UUID, most: int = MOST) -> list[Job]:
    """Claim up to `most` due messages of a connected channel. What may no longer be sent fails here and now."""
    with clinic_scope(clinic_id):
        channel = Channel.objects.filter(pk=channel_id, state=Channel.State.CONNECTED).first()
        messages = _lock_due(channel_id, min(most, MOST)) if channel else []
        if not messages:
            return []
        messages = _postpone_crowded(messages)
        allowed, refused = ask_gate(channel, messages)
        jobs = _take(allowed)
        if changed := fail(refused):
            realtime.publish(*(realtime.topic(conversation_id) for conversation_id in changed))
        failpoint("claim")
    return jobs


def has_due(clinic_id: UUID, channel_id: UUID) -> bool:
    """Something could be claimed on this channel now."""
    with clinic_scope(clinic_id):
        is_connected = Channel.objects.filter(pk=channel_id, state=Channel.State.CONNECTED).exists()
        return is_connected and bool(_find(CLAIMABLE, channel_id, 1))


def _lock_due(channel_id: UUID, most: int) -> list[Message]:
    # Table by table through their keys, not as one join: that too goes wrong without statistics.
    identities = Prefetch("identity", Identity.objects.only(*IDENTITY))
    conversations = Conversation.objects.only(*CONVERSATION).prefetch_related(identities)
    found = Message.objects.filter(pk__in=_find(DUE, channel_id, most)).only(*MESSAGE)
    rows = found.prefetch_related(Prefetch("conversation", conversations))
    return sorted(rows, key=lambda message: (message.due_at, message.pk))


def _find(query: str, channel_id: UUID, most: int) -> list[UUID]:
    with connection.cursor() as cursor:
        # A generic plan made while the table was empty would read all of it.
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        values = {"clinic": current_clinic_id(), "channel": channel_id, "now": timezone.now(), "limit": most}
        cursor.execute(query, values)
        return [message_id for (message_id,) in cursor.fetchall()]


def _postpone_crowded(messages: list[Message]) -> list[Message]:
    """Leave out messages to people who got as many as the provider allows; they wait until there is room again."""
    now = timezone.now()
    values = {
        "clinic": current_clinic_id(),
        "conversations": [message.conversation_id for message in messages],
        "since": now - timedelta(seconds=rates.RECIPIENT_SECONDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(RECENT, values)
        crowded = {
            conversation_id: oldest + timedelta(seconds=rates.RECIPIENT_SECONDS)
            for conversation_id, count, oldest in cursor.fetchall()
            if count >= rates.RECIPIENT_MOST
        }
        waiting = [message for message in messages if message.conversation_id in crowded]
        times = [crowded[message.conversation_id] for message in waiting]
        if waiting:
            ids = [message.pk for message in waiting]
            cursor.execute(POSTPONE, {"clinic": current_clinic_id(), "ids": ids, "times": times})
            realtime.publish(*map(realtime.topic, crowded))  # meanwhile they can be taken back
    return [message for message in messages if message.conversation_id not in crowded]


def ask_gate(channel: Channel, messages: list[Message]) -> tuple[list, list]:
    """(message, what allowed it, its template, its file) of each that may go; (message, refusal) of the others."""
    wishes = gate.wishes_of(message.conversation.contact_id for message in messages)
    templates = _templates(channel, messages)
    files = _files(messages)
    allowed, refused = [], []
    for message in messages:
        template, file = templates.get(_template_key(message)), files.get(message.pk)
        is_template = message.kind == Kind.TEMPLATE
        values = message.content.get("parameters", {}) if is_template else {}
        is_automatic = message.source == Message.Source.SYSTEM
        request = gate.Request(template, is_template, values, file is not None, is_automatic)
        wish = wishes.get(message.conversation.contact_id, gate.Wishes())
        try:
            check_age(message)
            because = gate.judge(channel, message.conversation, wish, request)
            _check_file(message, file)
            allowed.append((message, because, template, file))
        except gate.Refused as refusal:
            refused.append((message, refusal))
    return allowed, refused


def _take(allowed: list) -> list[Job]:
    now, clock = timezone.now(), elapsed()
    jobs, gates, leases = [], [], []
    for message, because, template, file in allowed:
        is_uploaded = file is None or bool(_media_id(file))
        lease = settings.DELIVERY_LEASE * (1 if is_uploaded else UPLOAD_LEASES)
        leases.append(now + lease)
        gates.append(orjson.dumps(because.as_record()).decode())
        jobs.append(_job(message, template, file, clock + lease.total_seconds()))
    if jobs:
        ids = [job.message.pk for job in jobs]
        with connection.cursor() as cursor:
            cursor.execute(
                TAKE, {"clinic": current_clinic_id(), "ids": ids, "gates": gates, "leases": leases}
            )
        Attempt.objects.bulk_create(
            Attempt(pk=job.attempt_id, message_id=job.message.pk, started_at=now) for job in jobs
        )
    return jobs


def _job(
    message: Message, template: Template | None, attachment: Attachment | None, lease_ends: float
) -> Job:
    file = upload = None
    if attachment and (media_id := _media_id(attachment)):
        file = File(external_id=media_id, filename=attachment.filename)
    elif attachment:
        upload = Upload(attachment.pk, attachment.file.name, attachment.content_type, attachment.filename)
    return Job(uuid7(), message, message.attempts + 1, lease_ends, template, file, upload)


def _templates(channel: Channel, messages: list[Message]) -> dict[tuple, Template]:
    """Today's rows of the templates these messages use."""
    names = {message.content["name"] for message in messages if message.kind == Kind.TEMPLATE}
    if not names:
        return {}
    rows = Template.objects.filter(provider=channel.provider, business_id=channel.business_id, name__in=names)
    return {(template.name, template.language): template for template in rows}


def _template_key(message: Message) -> tuple:
    return (
        (message.content.get("name"), message.content.get("language"))
        if message.kind == Kind.TEMPLATE
        else ()
    )


def _files(messages: list[Message]) -> dict[UUID, Attachment]:
    kinds = {*MEDIA_KINDS, Kind.TEMPLATE}
    with_files = [message.pk for message in messages if message.kind in kinds]
    if not with_files:
        return {}
    return {file.message_id: file for file in Attachment.objects.filter(message__in=with_files)}


def _media_id(attachment: Attachment) -> str:
    """The provider's id of the file while it surely still keeps it."""
    is_kept = attachment.created_at > timezone.now() - MEDIA_ID_KEPT
    return attachment.external_id if is_kept else ""


def _check_file(message: Message, file: Attachment | None) -> None:
    if message.kind in MEDIA_KINDS and file is None:
        raise gate.Refused("file_missing")
