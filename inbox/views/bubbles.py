"""A thread ready to draw: each message with what it follows, what it answers and what its state means."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.functional import cached_property

from integrations.events import ErrorClass
from integrations.whatsapp.errors import Explanation, explain

from .. import queries
from ..models import Attachment, Message

GROUPED_WITHIN = timedelta(minutes=2)

# Which template draws a kind; the rest say that they cannot be shown.
TEMPLATES = {
    "text": "text",
    "image": "image",
    "video": "video",
    "audio": "voice",
    "voice": "voice",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contacts",
    "button": "answer",
    "button_reply": "answer",
    "list_reply": "answer",
    "flow_reply": "form_answer",
    "call_permission_reply": "call_permission",
    "order": "order",
    "buttons": "interactive",
    "list": "interactive",
    "cta_url": "interactive",
    "flow": "interactive",
    "location_request": "interactive",
    "template": "template",
}
TICKS = {"queued": "pending", "claimed": "pending", "sent": "sent", "delivered": "delivered"}
TICKS |= {"read": "read", "played": "read"}
HOPELESS = {ErrorClass.NEVER, ErrorClass.OPTED_OUT, ErrorClass.WINDOW_CLOSED}


@dataclass(frozen=True)
class Bubble:
    """One message and its place in the thread."""

    message: Message
    before: Message | None
    quote: Message | None

    @property
    def new_day(self) -> date | None:
        """The day this message begins, None when the one before was of the same day."""
        today = timezone.localdate(self.message.sent_at)
        return None if self.before and timezone.localdate(self.before.sent_at) == today else today

    @property
    def is_continued(self) -> bool:
        """Said by the same side within moments: drawn closer, without a new name."""
        one, two = self.before, self.message
        return (
            one is not None
            and self.new_day is None
            and (one.direction, one.author_id, one.source) == (two.direction, two.author_id, two.source)
            and two.sent_at - one.sent_at < GROUPED_WITHIN
        )

    @property
    def template(self) -> str:
        return f"inbox/kinds/_{TEMPLATES.get(self.message.kind, 'unsupported')}.html"

    @property
    def is_event(self) -> bool:
        return self.message.direction == "event" or self.message.kind in ("system", "welcome")

    @property
    def event_template(self) -> str:
        return f"inbox/events/_{'provider' if self.message.direction != 'event' else 'ours'}.html"

    @property
    def tick(self) -> str:
        """pending, sent, delivered, read; empty where a tick has no meaning."""
        return TICKS.get(self.message.state, "") if self.message.direction == "out" else ""

    @property
    def label(self) -> str:
        """Where ours came from when no member here wrote it: phone, history, api."""
        source = self.message.source
        return source if source in ("phone", "history", "api") else ""

    @cached_property
    def attachment(self) -> Attachment | None:
        return next(iter(self.message.attachments.all()), None)

    @property
    def reactions(self) -> list:
        return [each for each in self.message.reactions.all() if each.emoji]

    @property
    def is_failed(self) -> bool:
        return self.message.state == Message.State.FAILED

    @property
    def is_uncertain(self) -> bool:
        return self.message.state == Message.State.UNCERTAIN

    @property
    def is_retried(self) -> bool:
        return self.message.state == Message.State.RETRIED

    @cached_property
    def failure(self) -> Explanation:
        return explain(self.message.error_code, self.message.error_detail)

    @property
    def can_retry(self) -> bool:
        """Sending again has a chance; not when the window closed or the patient said no."""
        return self.is_uncertain or (self.is_failed and self.failure.error_class not in HOPELESS)

    @property
    def can_answer(self) -> bool:
        """The provider knows it, so it can be quoted and reacted to."""
        return bool(self.message.external_id) and self.message.direction in ("in", "out")


def bubbles(messages: list[Message], has_older: bool = False) -> list[Bubble]:
    """The drawn thread. When there are older messages the first one only tells what the second follows."""
    quotes = queries.quoted_by(messages)
    before = [None, *messages]
    drawn = [
        Bubble(message, previous, quotes.get(message.reply_to_external_id))
        for previous, message in zip(before, messages, strict=False)
    ]
    return drawn[1:] if has_older else drawn
