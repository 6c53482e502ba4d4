"""What members and machines send. Each operation leaves a queued row and rings; `inbox.delivery` does the rest.

All run inside clinic_scope(). Each is asked with an id made by the sender, and has one effect per id.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics import audit
from clinics.models import Member
from integrations.events import Invalid, Kind
from integrations.models import Template
from integrations.whatsapp import limits

from .. import answering, bells, gate, later, outgoing, realtime, template_values
from ..models import Attachment, Conversation, Message, Reaction
from ..unseen import first_unseen

RETRYABLE = (Message.State.FAILED, Message.State.UNCERTAIN)


class Conflict(Exception):
    """The client id was used for something else, or the message is in a state that does not allow this."""


class Stale(Exception):
    """Somebody has written what the sender's page did not show: `unseen` is the first of it."""

    def __init__(self, unseen: Message):
        super().__init__("written meanwhile")
        self.unseen = unseen


@dataclass(frozen=True)
class Draft:
    """What somebody wants to send. `attachment` was uploaded beforehand and belongs to no message yet.

    `content` by kind as in integrations.events.Outgoing; `values` fill the template, see template_values.
    """

    kind: Kind = Kind.TEXT
    text: str = ""
    content: dict = field(default_factory=dict)
    attachment: Attachment | None = None
    reply_to: Message | None = None
    template: Template | None = None
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """When a message leaves: at a time, or as soon as it can no longer be taken back."""

    send_at: datetime | None = None
    stops_on_reply: bool = True  # of a message with a time: not sent if the patient writes before
    undo_seconds: int = 0

    def as_fields(self, now: datetime) -> dict:
        """What of it is stored with the message."""
        if self.send_at is None:
            return {"state": Message.State.QUEUED, "due_at": now + timedelta(seconds=self.undo_seconds)}
        return {
            "state": Message.State.SCHEDULED,
            "send_at": self.send_at,
            "stops_on_reply": self.stops_on_reply,
        }


AT_ONCE = Plan()


def send_message(
    conversation: Conversation,
    draft: Draft,
    *,
    client_id: str,
    author: Member | None = None,
    actor: str = "",
    source: str = Message.Source.AGENT,
    seen: Collection[UUID] | None = None,
    plan: Plan = AT_ONCE,
) -> Message:
    """Queue a message; it leaves within moments, or as planned. The same client id again returns the message it made.

    `actor` names for the audit log who sends where it is no member. `seen` are the newest messages that the sender
    has seen, as unseen.first_unseen() takes them; None: whatever.

    Raises gate.Refused (not allowed, now or at the planned time), events.Invalid (breaks the provider's limits),
    Conflict (the client id was used for another content), Stale (something came that is not among `seen`).
    """
    draft = _completed(draft)
    if (message := _find(client_id)) is not None:
        return _same(message, conversation, draft)
    if plan.send_at:
        check_time(plan.send_at)
    allowed = gate.may_send(conversation, draft, at=plan.send_at)
    message = _build(
        conversation, draft, plan, client_id=client_id, author=author, source=source, gate=allowed.as_record()
    )
    _check_limits(message, draft)
    if seen is not None and (news := first_unseen(conversation, seen, by=author)):
        raise Stale(news)
    if (made := _insert(message)) is not None:
        return _same(made, conversation, draft)
    _attach(message, draft.attachment)
    if plan.send_at:
        audit.record("message.scheduled", member=author, actor=actor, target=message)
    else:
        _show(message, conversation)
    _announce(message)
    return message


def _insert(message: Message) -> Message | None:
    """Save a new message; returns the one that the same client id made at this moment, where it was not saved."""
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        if (made := _find(message.client_id)) is None:
            raise
        return made
    return None


def check_time(send_at: datetime) -> None:
    """Raises Invalid for a time that is over, or too far away."""
    ahead = send_at - timezone.now()
    if ahead <= timedelta():
        raise Invalid(_("Choose a time that is still to come."))
    if ahead > later.LONGEST_AHEAD:
        raise Invalid(_("Choose a time within a year."))


def retry_message(message: Message, *, client_id: str, author: Member | None) -> Message:
    """Send a failed or doubtful message again, as a new message; the old one becomes RETRIED.

    Raises Conflict when it is on its way or was retried already, and what send_message raises.
    """
    message = Message.objects.select_for_update(of=["self"]).select_related("conversation").get(pk=message.pk)
    draft = draft_of(message)
    if (again := _find(client_id)) is not None:
        return _same(again, message.conversation, draft)
    if message.state not in RETRYABLE or message.direction != Message.Direction.OUT:
        raise Conflict(_("This message cannot be sent again: it is on its way, or somebody did so already."))
    new = send_message(message.conversation, draft, client_id=client_id, author=author, source=message.source)
    message.state = Message.State.RETRIED
    message.lease_until = message.due_at = None
    message.save(update_fields=["state", "lease_until", "due_at"])
    return new


def react(message: Message, emoji: str, *, author: Member | None) -> Message:
    """Put our emoji on a message, or take it back with "". Returns the outgoing message that carries it.

    Raises gate.Refused, and Conflict while the provider's id of the message is not known.
    """
    if not message.external_id:
        raise Conflict(_("This message has not been sent yet, so nobody can react to it."))
    gate.check_private(message)
    draft = Draft(kind=Kind.REACTION, content={"target": message.external_id, "emoji": emoji})
    return send_message(message.conversation, draft, client_id=f"reaction-{uuid4()}", author=author)


def show_read_and_typing(conversation: Conversation, *, typing: bool) -> None:
    """Let the patient see that their messages were read and, if `typing`, that an answer is being written."""
    Conversation.objects.filter(pk=conversation.pk).update(receipt_due_at=timezone.now())
    bells.ring(bells.SHOW_READ, conversation.clinic_id, conversation.pk, int(typing))


def _completed(draft: Draft) -> Draft:
    """The draft with its kind and text as they are stored."""
    if draft.template is None:
        return draft
    rendered = template_values.render_template(draft.template, draft.values)
    content = {
        "name": draft.template.name,
        "language": draft.template.language,
        "parameters": draft.values,
        "rendered": rendered,
    }
    return replace(draft, kind=Kind.TEMPLATE, text=rendered["body"], content=content)


def _build(conversation: Conversation, draft: Draft, plan: Plan, **fields) -> Message:
    now = timezone.now()
    return Message(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Message.Direction.OUT,
        kind=draft.kind,
        text=draft.text,
        content=draft.content,
        reply_to_external_id=(draft.reply_to and draft.reply_to.external_id) or "",
        sent_at=now,
        created_at=now,
        **plan.as_fields(now),
        **fields,
    )


def _check_limits(message: Message, draft: Draft) -> None:
    file = outgoing.standing_in(draft.attachment)
    limits.check(outgoing.compose(message, file=file, template=draft.template))


def _attach(message: Message, attachment: Attachment | None) -> None:
    """The file becomes this message's; a second row of the same file when it already belongs to another one."""
    if attachment is None:
        return
    # Locked and read anew: somebody may be sending the same upload at this moment.
    attachment = Attachment.objects.select_for_update().filter(pk=attachment.pk).first() or attachment
    if attachment.message_id is not None:
        attachment.pk, attachment._state.adding = None, True
        attachment.pk = Attachment._meta.pk.get_default()
    attachment.message = message
    attachment.save()


def _show(message: Message, conversation: Conversation) -> None:
    if message.kind == Kind.REACTION:
        _show_reaction(message)
    else:
        answering.show_in_list(conversation, message)


def _show_reaction(carrier: Message) -> None:
    """Our emoji is on the message at once; delivery takes it off again if it cannot be sent."""
    target = carrier.content["target"]
    found = Message.objects.filter(channel_id=carrier.channel_id, external_id=target).first()
    Reaction.objects.update_or_create(
        channel_id=carrier.channel_id,
        target_external_id=target,
        author="clinic",
        defaults={"message": found, "emoji": carrier.content["emoji"], "reacted_at": carrier.sent_at},
    )


def _announce(message: Message) -> None:
    realtime.publish(realtime.topic(message.conversation_id))
    if message.due_at == message.created_at:  # otherwise the sweeper rings, or the author's page
        bells.ring(bells.DELIVER, message.clinic_id, message.channel_id)


def _find(client_id: str) -> Message | None:
    return Message.objects.filter(client_id=client_id).first()


def _same(message: Message, conversation: Conversation, draft: Draft) -> Message:
    """The message a client id made earlier. Raises Conflict when it was asked for something else."""
    asked = (conversation.pk, str(draft.kind), draft.text, draft.content)
    reply_to = (draft.reply_to and draft.reply_to.external_id) or ""
    made = (message.conversation_id, message.kind, message.text, message.content)
    if asked != made or reply_to != message.reply_to_external_id or not _same_file(message, draft.attachment):
        raise Conflict(_("This id was already used for another message."))
    return message


def _same_file(message: Message, attachment: Attachment | None) -> bool:
    files = set(message.attachments.values_list("file", flat=True))
    return files == ({attachment.file.name} if attachment else set())


def draft_of(message: Message) -> Draft:
    """The draft that a message was made from, with the template as it is today."""
    attachment = message.attachments.first()
    reply_to = Message(external_id=message.reply_to_external_id) if message.reply_to_external_id else None
    if message.kind != Kind.TEMPLATE:
        return Draft(Kind(message.kind), message.text, message.content, attachment, reply_to)
    template = Template.objects.filter(
        business_id=message.conversation.channel.business_id,
        name=message.content["name"],
        language=message.content["language"],
    ).first()
    if template is None:
        raise gate.Refused("template_unknown", say=_("This template does not exist any more."))
    return Draft(
        attachment=attachment, reply_to=reply_to, template=template, values=message.content["parameters"]
    )
