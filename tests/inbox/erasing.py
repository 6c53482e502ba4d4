"""A patient with everything that can be kept of one, and every place where something of them could be left."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from clinic_inbox import vault
from clinic_inbox.tenancy import clinic_scope
from clinic_inbox.valkey import valkey
from contacts.models import Consent, Contact, ContactNote
from inbox.erasure import running
from inbox.models import (
    Amendment,
    Attachment,
    Attempt,
    Conversation,
    EntryLink,
    EntryUse,
    Erasure,
    Escalation,
    GlassBreak,
    KeptDraft,
    Mention,
    Message,
    NoteAnswer,
    Notice,
    Pin,
    Reaction,
    StatusEvent,
    Tag,
    Tagging,
    Told,
)
from inbox.operations import erasing
from integrations.models import ChannelEvent, WebhookEvent, webhook_context
from tests.factories import make_message
from tests.inbox.payloads import change, messages_webhook, person, status, text_message, webhook

CANARY, PHONE, USER_ID = "Kanarienvogel", "447700900987", "GB.canary0123456789"
NEIGHBOUR, THEIR_PHONE = "Sperling", "12025550107"
WORDS = (CANARY, PHONE, USER_ID, "wamid.canary")
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"


def bodies(channel) -> list[bytes]:
    """What Meta posted: theirs alone, theirs beside a neighbour's, statuses, calls, a history, the address book."""
    theirs = person(PHONE, f"{CANARY} Example", USER_ID)
    old = str(int((timezone.now() - timedelta(days=3)).timestamp()))
    thread = {
        "id": PHONE,
        "messages": [text_message(f"{CANARY} long ago", PHONE, "wamid.canary-h", int(old))],
    }
    card = {"full_name": f"{CANARY} Example", "phone_number": "+44 7700 900987"}
    synced = {"type": "contact", "contact": card, "action": "add", "metadata": {"timestamp": old}}
    return [
        messages_webhook(channel, text_message(f"{CANARY} asks", PHONE, "wamid.canary-1"), people=[theirs]),
        messages_webhook(
            channel,
            text_message(f"{CANARY} asks again", PHONE, "wamid.canary-2"),
            text_message(f"{NEIGHBOUR} asks", THEIR_PHONE, "wamid.neighbour"),
            people=[theirs, person(THEIR_PHONE, f"{NEIGHBOUR} Example")],
        ),
        webhook(channel, change(channel, "calls", calls=[{"id": "c1", "from": PHONE, "event": "connect"}])),
        webhook(channel, change(channel, "history", history=[{"threads": [thread]}])),
        webhook(channel, change(channel, "smb_app_state_sync", state_sync=[synced])),
        webhook(channel, statuses=[status("wamid.canary-out", "read", recipient_id=PHONE)]),
        webhook(channel, contacts=[theirs], messages=[
            text_message("", PHONE, "wamid.canary-r", type="reaction",
                         reaction={"message_id": "wamid.canary-out", "emoji": "👍"})]),
    ]  # fmt: skip


def patient(channel) -> Contact:
    """Of the arrived messages; inside their clinic."""
    return Contact.objects.get(identities__wa_id=PHONE)


def fill(channel, member, admin) -> None:
    """With one of everything else that can hang on them. Inside their clinic."""
    contact, now = patient(channel), timezone.now()
    conversation = Conversation.objects.get(contact=contact)
    Contact.objects.filter(pk=contact.pk).update(note=f"{CANARY} note", fields={"doctor": f"{CANARY} field"})
    ContactNote.objects.create(contact=contact, author=member, text=f"{CANARY} remark")
    Consent.objects.create(
        identity=conversation.identity, purpose="care", is_granted=True, source="form", decided_at=now,
        wording=f"{CANARY} agrees",
    )  # fmt: skip
    _add_messages(conversation, member)
    hangs = {"conversation": conversation, "member": member}
    KeptDraft.objects.create(**hangs, mode="reply", text=f"{CANARY} draft", revision=1)
    GlassBreak.objects.create(**hangs, reason=f"{CANARY} reason", ends_at=now - timedelta(hours=1))
    Notice.objects.create(**hangs, event="overdue", about=now.isoformat())
    Escalation.objects.create(conversation=conversation, waiting_since=now, step=1)
    Told.objects.create(conversation=conversation, message_id=uuid4())
    Tagging.objects.create(conversation=conversation, tag=Tag.objects.create(name="Invoice"))
    link = EntryLink.objects.create(channel=channel, name="Poster", code="abcde")
    EntryUse.objects.create(link=link, conversation=conversation)
    conversation.episodes.update(closed_at=now, close_note=f"{CANARY} done", closed_by=admin)


def _add_messages(conversation, member) -> None:
    sent = make_message(
        conversation, f"{CANARY} answer", "out", external_id="wamid.canary-out", author=member, state="read"
    )
    Attempt.objects.create(message=sent, outcome="accepted")
    StatusEvent.objects.filter(external_id="wamid.canary-out").update(message=sent)
    Amendment.objects.create(
        channel=conversation.channel, target_external_id="wamid.canary-1", external_id="wamid.canary-e",
        kind="edit", text=f"{CANARY} edited", amended_at=timezone.now(),
    )  # fmt: skip
    Reaction.objects.filter(target_external_id="wamid.canary-out").update(message=sent)
    doubtful = make_message(conversation, f"{CANARY} doubt", "out", external_id=None, state="uncertain")
    Attempt.objects.create(message=doubtful)
    later = timezone.now() + timedelta(hours=2)
    make_message(conversation, f"{CANARY} later", "out", external_id=None, state="scheduled", send_at=later)
    make_message(
        conversation, f"{CANARY} waits", "out", external_id=None, state="queued", due_at=timezone.now()
    )
    note = make_message(conversation, f"{CANARY} private", "note", kind="note", author=member)
    Mention.objects.create(note=note, conversation=conversation, member=member)
    Pin.objects.create(note=note, conversation=conversation, by=member)
    answer = make_message(conversation, f"{CANARY} answered", "note", kind="note", author=member)
    NoteAnswer.objects.create(note=note, answer=answer)
    photo = Attachment(message=sent, channel=conversation.channel, kind="voice", state="stored")
    photo.filename = f"{CANARY}.ogg"
    folder = f"{conversation.clinic_id}/{photo.pk}"
    for name in ("file", "thumbnail", "playable_file"):
        getattr(photo, name).save(f"{folder}/{name}", ContentFile(f"{CANARY} {name}".encode()), save=False)
    photo.save()


def erase(channel, admin, reason="asked") -> Erasure:
    """As from the screen, and then as the worker does it."""
    with clinic_scope(channel.clinic_id):
        erasure = erasing.erase(patient(channel), reason, by=admin)
    running.run(channel.clinic_id, erasure.pk)
    with clinic_scope(channel.clinic_id):
        erasure.refresh_from_db()
    return erasure


def found(superuser: psycopg.Connection, words=WORDS) -> set[str]:
    """Where one of these words stands: `table`, `webhook`, `media`, `valkey`; texts, JSON, bytes and names alike."""
    needles = [*words, *(word.encode().hex() for word in words)]
    places = set()
    for (table,) in superuser.execute(TABLES).fetchall():
        for (row,) in superuser.execute(f'SELECT t::text FROM "{table}" t'):  # bytes are written in hex
            if any(needle in row for needle in needles):
                places.add(table)
    if any(word in body for body in opened_webhooks() for word in words):
        places.add("webhook")
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if any(word in path.name for word in words) or (path.is_file() and _holds(path.read_bytes(), words)):
            places.add("media")
    for key in valkey().scan_iter():
        if _holds(key + (valkey().dump(key) or b""), words):
            places.add("valkey")
    return places


def opened_webhooks() -> list[str]:
    return [
        vault.unseal(row.body, webhook_context(row.hook_id)).decode()
        for row in WebhookEvent.objects.order_by("pk")
    ]


def counts() -> dict[str, int]:
    """Rows of what an old webhook could bring back. Inside the clinic."""
    models = (
        Contact,
        Conversation,
        Message,
        StatusEvent,
        Reaction,
        Amendment,
        Consent,
        ChannelEvent,
        Attachment,
    )
    return {model.__name__: model.objects.count() for model in models}


def _holds(content: bytes, words) -> bool:
    return any(word.encode() in content for word in words)
