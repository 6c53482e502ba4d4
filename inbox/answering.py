"""What a message of ours does to its conversation in the list, and how that is undone when it is taken back."""

from datetime import datetime

from django.utils import timezone

from clinics.queries import hours_of
from integrations.events import Kind

from . import queries
from .attending import targets
from .models import PREVIEW, AnswerRules, Conversation, Episode, Message

LOOKED_BACK = 200  # messages between our last answer and now


def show_in_list(conversation: Conversation, message: Message) -> None:
    """The inbox list shows our message; the patient no longer waits, if this answered them."""
    now = message.sent_at
    shown = _shown(message)
    if is_reply(message):
        shown |= {"waiting_since": None, "unread": 0, **targets.NOT_DUE}
        _count(conversation, message)
        Episode.objects.filter(conversation=conversation, closed_at=None, first_reply_at=None).update(
            first_reply_at=now
        )
    Conversation.objects.filter(pk=conversation.pk).update(**shown)


def recall(conversation: Conversation, message: Message) -> None:
    """The list as it was before this message, which was taken back before it left."""
    # Until the transaction ends nobody else moves it: what the patient writes meanwhile is read, or comes after.
    Conversation.objects.select_for_update(no_key=True).filter(pk=conversation.pk).first()
    latest = list(_talk(conversation).order_by("-sent_at", "-id")[:LOOKED_BACK])
    shown = {"waiting_since": _waiting_since(latest)} | _opened_again(conversation, message)
    shown["attend_at"] = timezone.now() if shown["waiting_since"] else None
    shown |= targets.NOT_DUE
    if latest:
        shown |= _shown(latest[0])
    _uncount(message, _next_answer(latest, message))
    Conversation.objects.filter(pk=conversation.pk).update(**shown)
    if shown["waiting_since"]:
        _set_due(conversation)


def _count(conversation: Conversation, message: Message) -> None:
    """It met or missed the target that was running, if one was; which one is kept with it."""
    due = Conversation.objects.filter(pk=conversation.pk).values_list("reply_due_at", flat=True).first()
    if due is None:
        return
    targets.note_answers({conversation.pk: due}, message.sent_at)
    Message.objects.filter(pk=message.pk).update(answers_due_at=due)


def _uncount(message: Message, following: Message | None) -> None:
    """The reply that does not go was none: the next one, if there is one, is what answered the patient."""
    episodes = Episode.objects.filter(conversation=message.conversation_id, opened_at__lte=message.created_at)
    episode = episodes.order_by("-opened_at").first()
    if episode is None:
        return
    if episode.first_reply_at == message.sent_at:
        episode.first_reply_at = following and following.sent_at
        episode.save(update_fields=["first_reply_at"])
    due = Message.objects.values_list("answers_due_at", flat=True).get(pk=message.pk)
    if due is None:
        return
    targets.recount(episode.pk, due, message.sent_at, by=-1)
    Message.objects.filter(pk=message.pk).update(answers_due_at=None)
    if following and following.answers_due_at is None:
        targets.recount(episode.pk, due, following.sent_at, by=1)
        Message.objects.filter(pk=following.pk).update(answers_due_at=due)


def _set_due(conversation: Conversation) -> None:
    """The patient waits again, as before: at once, because the corrected answer may come in the next moment."""
    rules = AnswerRules.objects.first()
    episode = Episode.objects.filter(conversation=conversation, closed_at=None).first()
    if rules and episode:
        fresh = Conversation.objects.select_related("clinic").get(pk=conversation.pk)
        targets.set_due(fresh, episode, rules, hours_of(fresh.clinic))


def _next_answer(latest: list[Message], message: Message) -> Message | None:
    """Ours after this one, the first; `latest` begins with the newest."""
    later = [each for each in latest if each.direction == Message.Direction.OUT and is_answer(each)]
    return next((each for each in reversed(later) if each.sent_at >= message.sent_at), None)


def _opened_again(conversation: Conversation, message: Message) -> dict:
    """Closed by the author with or after the answer that does not go: the patient would wait in no list."""
    last = Episode.objects.filter(conversation=conversation).order_by("-opened_at").first()
    if last is None or last.closed_at is None or last.closed_by_id != message.author_id:
        return {}
    if last.closed_at < message.created_at:
        return {}
    Episode.objects.filter(pk=last.pk).update(
        closed_at=None, closed_by=None, close_reason=None, close_note=""
    )
    return {"status": Conversation.Status.OPEN}


def is_reply(message: Message) -> bool:
    """A reminder that a machine sends answers nobody; the patient's question still waits."""
    if message.source == Message.Source.API:
        return message.kind != Kind.TEMPLATE
    return message.source == Message.Source.AGENT


def _shown(message: Message) -> dict:
    return {
        "last_message_at": message.sent_at,
        "preview": message.text[:PREVIEW],
        "preview_kind": message.kind,
        "preview_direction": message.direction,
    }


def _talk(conversation: Conversation):
    talk = Message.objects.filter(conversation=conversation, direction__in=["in", "out"])
    talk = talk.exclude(state=Message.State.FAILED, send_at__isnull=False)  # these never were in the list
    return talk.exclude(state__in=queries.NOT_IN_THREAD).exclude(kind=Kind.REACTION)


def _waiting_since(latest: list[Message]) -> datetime | None:
    """The patient's first message after our last answer; `latest` begins with the newest."""
    since = None
    for message in latest:
        if message.direction == Message.Direction.OUT and is_answer(message):
            break
        if message.direction == Message.Direction.IN:
            since = message.sent_at
    return since


def is_answer(message: Message) -> bool:
    """Ours, and it went out or is about to: by an agent, the phone, or a machine that answers."""
    is_ours = is_reply(message) or message.source == Message.Source.PHONE
    return is_ours and message.state != Message.State.FAILED
