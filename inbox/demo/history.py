"""A demo thread becomes a contact, a conversation and its messages."""

from datetime import timedelta

from django.utils import timezone

from clinics.models import Team
from contacts.models import Contact, Identity
from inbox.models import Conversation, Episode, Message
from integrations.models import Channel, Provider
from integrations.whatsapp.numbers import matching_key

from .threads import Said, Thread

SNOOZED_FOR = timedelta(hours=20)


def tell(thread: Thread, channel: Channel, members: dict) -> Conversation:
    """Store the thread as if it had happened. `members` are the clinic's, by the keys the threads use."""
    conversation = _conversation(thread, channel, members)
    for number, said in enumerate(thread.said):
        _message(conversation, said, members, number)
    _episode(conversation, thread, members)
    return conversation


def _conversation(thread: Thread, channel: Channel, members: dict) -> Conversation:
    contact = Contact.objects.create(name=thread.name, note=thread.note, language=thread.language)
    identity = Identity.objects.create(
        contact=contact,
        provider=Provider.WHATSAPP,
        portfolio=channel.portfolio,
        wa_id=thread.number,
        wa_key=matching_key(thread.number),
        profile_name=thread.name,
    )
    last = [said for said in thread.said if not said.by.startswith("note:")][-1]
    return Conversation.objects.create(
        contact=contact,
        identity=identity,
        channel=channel,
        status=thread.status,
        assignee=members.get(thread.assignee),
        team=Team.objects.filter(name=thread.team).first(),
        last_message_at=_ago(last),
        last_inbound_at=_ago([said for said in thread.said if said.by == "patient"][-1]),
        waiting_since=_waiting_since(thread),
        unread=thread.unread,
        preview=last.text[:200],
        preview_direction="in" if last.by == "patient" else "out",
        snoozed_until=timezone.now() + SNOOZED_FOR if thread.status == "snoozed" else None,
        created_at=_ago(thread.said[0]),
    )


def _message(conversation: Conversation, said: Said, members: dict, number: int) -> Message:
    kind, _, key = said.by.rpartition(":")
    direction = {"patient": "in"}.get(said.by, kind or "out")
    is_note = direction == "note"
    return Message.objects.create(
        conversation=conversation,
        channel=conversation.channel,
        direction=direction,
        source=Message.Source.CONTACT if direction == "in" else Message.Source.AGENT,
        text=said.text,
        author=members.get(key),
        state=Message.State.RECEIVED if direction == "in" or is_note else said.state,
        error_code=said.error_code,
        error_detail=said.error_detail,
        external_id=None if is_note else f"wamid.demo.{conversation.identity.wa_id}.{number}",
        sent_at=_ago(said),
        created_at=_ago(said),
    )


def _episode(conversation: Conversation, thread: Thread, members: dict) -> Episode:
    replies = [said for said in thread.said if said.by in members]
    is_closed = thread.status == Conversation.Status.CLOSED
    return Episode.objects.create(
        conversation=conversation,
        opened_at=conversation.created_at,
        closed_at=conversation.last_message_at if is_closed else None,
        closed_by=members.get(thread.assignee) if is_closed else None,
        assignee=members.get(thread.assignee),
        first_reply_at=_ago(replies[0]) if replies else None,
    )


def _waiting_since(thread: Thread):
    waiting = None
    for said in thread.said:
        if said.by == "patient":
            waiting = waiting or _ago(said)
        elif not said.by.startswith("note:"):
            waiting = None
    return None if thread.status == Conversation.Status.CLOSED else waiting


def _ago(said: Said):
    return timezone.now() - timedelta(minutes=said.ago)
