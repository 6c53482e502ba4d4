"""May this be sent, and why: one answer for every path. Asked when a message is queued and again as it is sent.

Rules of the provider: https://developers.facebook.com/docs/whatsapp/pricing and …/messages/send-messages (the 24-hour
customer service window; outside it approved templates only).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from contacts.models import Consent
from integrations.events import Invalid
from integrations.models import Channel, Template

from . import reasons, template_values
from .models import Conversation, Message

# Which consent a template needs. Authentication and utility templates belong to a patient's care.
MARKETING_CATEGORIES = {"MARKETING", "MARKETING_LITE"}
SENDABLE = {"APPROVED"}


class Refused(Exception):
    """This may not be sent. `code` and `values` are for machines and the record; see reasons.py."""

    def __init__(self, code: str, **values):
        super().__init__(code)
        self.code = code
        self.values = values

    @property
    def sentence(self) -> str:
        """Why, for the person who reads it now."""
        return reasons.sentence_of(self.code, self.values)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What allowed a message: the rule, the moment it was asked, and what the rule stood on."""

    rule: str  # window, template
    at: datetime
    window_until: datetime | None = None
    entry_point_until: datetime | None = None  # sends are free of charge until then
    template: dict = field(default_factory=dict)  # name, language, category, version

    def as_record(self) -> dict:
        """Small JSON to keep with the message."""
        told = {
            "rule": self.rule,
            "at": _iso(self.at),
            "window_until": _iso(self.window_until),
            "entry_point_until": _iso(self.entry_point_until),
            "template": self.template,
        }
        return {key: value for key, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked about: a free-form message, or a template with its values."""

    template: Template | None = None
    is_template: bool = False
    values: dict = field(default_factory=dict)
    has_file: bool = False
    is_automatic: bool = False  # the clinic's greeting or away reply: nobody wrote it for this patient


@dataclass(frozen=True, slots=True)
class Wishes:
    """One person's newest decision per purpose: (is_granted, decided_at)."""

    care: tuple[bool, datetime] | None = None
    marketing: tuple[bool, datetime] | None = None

    def forbid(self, category: str) -> bool:
        """The person does not want a template of this category."""
        if category.upper() not in MARKETING_CATEGORIES:
            return self.care is not None and not self.care[0]
        # Who stopped everything stopped offers too, until they ask for offers again.
        newest = max(filter(None, (self.marketing, self.care)), key=lambda wish: wish[1], default=None)
        return newest is not None and not newest[0]

    @property
    def stop_anything(self) -> bool:
        """The person asked not to be written to, by whatever word."""
        return any(wish is not None and not wish[0] for wish in (self.care, self.marketing))


def may_send(conversation: Conversation, draft, at: datetime | None = None) -> Allowed:
    """What allows this draft in this conversation now and, as far as is known, at another time. Raises Refused."""
    if draft.reply_to is not None:
        check_private(draft.reply_to)
    if not (conversation.identity.wa_id or conversation.identity.user_id):
        raise Refused("no_address")
    wishes = wishes_of([conversation.contact_id]).get(conversation.contact_id, Wishes())
    has_file, is_automatic = draft.attachment is not None, getattr(draft, "is_automatic", False)
    request = Request(draft.template, draft.template is not None, draft.values, has_file, is_automatic)
    allowed = judge(conversation.channel, conversation, wishes, request)
    if at and allowed.rule == "window" and conversation.window_closes_at <= at:
        raise Refused("window_closed_then")
    return allowed


def judge(channel: Channel, conversation: Conversation, wishes: Wishes, request: Request) -> Allowed:
    """The rules themselves, without a query. Raises Refused."""
    _check_channel(channel)
    if conversation.erasing_at:
        raise Refused("erasing")
    if request.is_template:
        return _judge_template(channel, conversation, wishes, request)
    if request.is_automatic and wishes.stop_anything:
        raise Refused("opted_out")
    if not conversation.is_window_open:
        raise Refused("window_closed")
    return Allowed("window", timezone.now(), conversation.window_closes_at, _open_entry_point(conversation))


def check_private(message: Message) -> None:
    """Answering or reacting to this message reaches the place it was written in. Raises Refused."""
    if message.is_in_group:
        raise Refused("group_message")


def wishes_of(contact_ids: Iterable) -> dict:
    """The newest decisions of these people, by contact id: whoever said STOP said it for all of their addresses."""
    newest = (
        Consent.objects.filter(identity__contact_id__in=set(contact_ids))
        .order_by("identity__contact_id", "purpose", "-decided_at", "-created_at")
        .distinct("identity__contact_id", "purpose")
        .values_list("identity__contact_id", "purpose", "is_granted", "decided_at")
    )
    found: dict = {}
    for contact_id, purpose, is_granted, decided_at in newest:
        found.setdefault(contact_id, {})[purpose] = (is_granted, decided_at)
    return {contact_id: Wishes(**decisions) for contact_id, decisions in found.items()}


def _check_channel(channel: Channel) -> None:
    """What is written while sending is paused waits in the queue, which nobody claims; the thread says so."""
    if channel.state == Channel.State.OFF:
        raise Refused("channel_off")
    if channel.state == Channel.State.BROKEN:
        raise Refused("channel_broken")


def _judge_template(
    channel: Channel, conversation: Conversation, wishes: Wishes, request: Request
) -> Allowed:
    template = request.template
    if template is None or template.business_id != channel.business_id:
        raise Refused("template_unknown")
    if template.status not in SENDABLE:
        raise Refused("template_unapproved")
    if wishes.forbid(template.category):
        raise Refused("opted_out")
    try:
        template_values.check_values(template, request.values, has_file=request.has_file)
    except Invalid as problem:
        raise Refused("template_incomplete", **problem.told()) from problem
    until = conversation.window_closes_at if conversation.is_window_open else None
    wording = {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "version": template_values.version(template),
    }
    return Allowed("template", timezone.now(), until, _open_entry_point(conversation), wording)


def _open_entry_point(conversation: Conversation) -> datetime | None:
    until = conversation.entry_point_until
    return until if until and until > timezone.now() else None


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
