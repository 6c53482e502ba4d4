"""Greetings and away replies: said at once, at most once, and never over a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import translation
from django.utils.formats import date_format

from clinics import languages
from clinics.hours import Hours
from integrations.events import Kind

from .. import bells, gate
from ..models import AnswerRules, ChannelRule, Conversation, Episode, KeptDraft, Message

FRESH = timedelta(hours=1)  # what reaches us later was said to an empty desk long ago
ONCE_IN = timedelta(hours=12)
OPENING = "{{opens}}"  # in a text: when the clinic opens next
PEOPLE = (Message.Source.AGENT, Message.Source.PHONE)
GREETING, AWAY = "greeting", "away"


@dataclass(frozen=True)
class _Words:
    """What the gate asks of a draft: plain words, by the system."""

    template = reply_to = attachment = None
    is_automatic = True
    values: dict


def answer(
    conversation: Conversation,
    episode: Episode,
    *,
    is_new: bool,
    rules: AnswerRules,
    hours: Hours,
    now: datetime,
) -> Message | None:
    """Queue what the clinic says by itself to this patient now; None when it says nothing.

    Call with the conversation's row locked: what was said before decides.
    """
    kind = _kind(rules, hours, is_new, now)
    text = kind and _text(rules.greeting if kind == GREETING else rules.away, conversation, hours, now)
    if not text or not _may_speak(conversation, rules, now):
        return None
    client_id = _once(kind, episode.pk, hours, now)
    if Message.objects.filter(client_id=client_id).exists():
        return None
    try:
        allowed = gate.may_send(conversation, _Words({}))
    except gate.Refused:
        return None
    message = Message.objects.create(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Message.Direction.OUT,
        source=Message.Source.SYSTEM,
        kind=Kind.TEXT,
        text=text,
        content={"auto": kind},
        gate=allowed.as_record() | {"auto": kind},
        client_id=client_id,
        state=Message.State.QUEUED,
        sent_at=now,
        due_at=now,
    )
    bells.ring(bells.DELIVER, conversation.clinic_id, conversation.channel_id)
    return message


def _kind(rules: AnswerRules, hours: Hours, is_new: bool, now: datetime) -> str:
    if not hours.is_open(now):
        return AWAY if rules.answers_away else ""
    return GREETING if rules.greets and is_new else ""


def _may_speak(conversation: Conversation, rules: AnswerRules, now: datetime) -> bool:
    heard = conversation.last_inbound_at
    if conversation.status != Conversation.Status.OPEN or heard is None or now - heard > FRESH:
        return False
    if ChannelRule.objects.filter(channel=conversation.channel_id, answers=False).exists():
        return False
    quiet_since = now - timedelta(minutes=rules.quiet_minutes)
    said = Message.objects.filter(conversation=conversation, direction=Message.Direction.OUT)
    if said.filter(source__in=PEOPLE, sent_at__gt=quiet_since).exists():
        return False
    writing = KeptDraft.objects.filter(conversation=conversation, mode=KeptDraft.Mode.REPLY)
    if writing.filter(updated_at__gt=quiet_since).exclude(text="").exists():
        return False
    by_itself = said.filter(source=Message.Source.SYSTEM, content__auto__isnull=False)
    return not by_itself.filter(sent_at__gt=now - ONCE_IN).exists()


def _once(kind: str, episode_id: UUID, hours: Hours, now: datetime) -> str:
    """One id per episode, and for away replies per closed stretch within it: the second wall against a second one."""
    opening = hours.next_opening(now)
    part = f"-{opening:%Y%m%d%H%M}" if kind == AWAY and opening else ""
    return f"auto-{kind}-{episode_id}{part}"


def _text(texts: dict, conversation: Conversation, hours: Hours, now: datetime) -> str:
    contact, clinic = conversation.contact, conversation.clinic
    language = languages.choose(
        (code for code, text in texts.items() if text), contact.language, clinic.language
    )
    return fill(texts[language], language, hours, now) if language else ""


def fill(text: str, language: str, hours: Hours, now: datetime) -> str:
    """The words as a patient reads them, with the next opening in their language."""
    opening = hours.next_opening(now)
    if OPENING not in text or opening is None:
        return text.replace(OPENING, "").strip()
    with translation.override(language):
        return text.replace(OPENING, date_format(opening.astimezone(hours.zone), "LONG_WEEKDAY_TIME"))
