"""A thread ready to draw: each message with what it follows, what it answers and what its state means."""

from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language

from integrations.events import ErrorClass
from integrations.whatsapp.errors import Explanation

from .. import notes, queries
from ..models import Attachment, Message
from ..operations.forwarding import can_be_forwarded
from ..reasons import failure_of

LONG_TEXT, LONG_LINES = 1200, 20
GROUPED_WITHIN = timedelta(minutes=2)
SHORT_THREAD = 3  # answers to a note that are shown without being asked for

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
# What of a message is seen in its bubble, beside its content.
DRAWN = (
    "pk",
    "kind",
    "direction",
    "source",
    "state",
    "text",
    "external_id",
    "client_id",
    "sent_at",
)
DRAWN += ("reply_to_external_id", "error_code", "error_detail", "edited_at", "revoked_at", "send_at")
drawn_values = attrgetter(*DRAWN)
TICKS = {"queued": "pending", "claimed": "pending", "sent": "sent", "delivered": "delivered"}
TICKS |= {"read": "read", "played": "read"}
HOPELESS = {ErrorClass.NEVER, ErrorClass.OPTED_OUT, ErrorClass.WINDOW_CLOSED}


@dataclass(frozen=True)
class Bubble:
    """One message and its place in the thread."""

    message: Message
    before: Message | None
    quote: Message | None
    unread: int = 0  # of the first message that nobody has seen: how many there are from here on
    seen_by: tuple = ()  # language, time zone and today: "Today" is another day tomorrow
    may_forward: bool = True  # who sees it in an emergency only may not

    @cached_property
    def new_day(self) -> date | None:
        """The day this message begins, None when the one before was of the same day."""
        today = timezone.localdate(self.message.sent_at)
        return None if self.before and timezone.localdate(self.before.sent_at) == today else today

    @cached_property
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
    def look(self) -> tuple:
        """Everything the drawing depends on: bubbles with the same look are drawn the same."""
        message, quote = self.message, self.quote
        return (
            self.seen_by,
            self.may_forward,
            self.is_continued,
            self.new_day,
            self.unread,
            message.author and message.author.name,
            str(message.content),
            message.is_pinned,
            *self._of_thread,
            *drawn_values(message),
            self.can_be_undone and message.due_at,
            *((file.pk, file.state, file.filename, file.problem, file.size) for file in message.files),
            *((file.playable_state, str(file.peaks)) for file in message.files),
            *((reaction.author, reaction.emoji) for reaction in message.emoji),
            quote
            and (quote.pk, quote.text, quote.kind, quote.revoked_at, quote.author and quote.author.name),
        )

    @property
    def _of_thread(self) -> tuple:
        answered = self.message.answered
        return (
            self.is_right_below,
            answered and (answered.pk, answered.author and answered.author.name),
            *(
                (each.pk, each.text, str(each.content), each.author and each.author.name)
                for each in self.message.thread
            ),
        )

    @property
    def thread(self) -> list[Message]:
        """The notes that answer this one, the first of them first."""
        return self.message.thread

    @property
    def is_short_thread(self) -> bool:
        """So few that they stand open below their note."""
        return len(self.thread) <= SHORT_THREAD

    @cached_property
    def is_right_below(self) -> bool:
        """It answers a note, and nothing but that and other answers to it stands between: its thread tells it all."""
        answered, before = self.message.answered, self.before
        if answered is None or before is None or self.new_day:
            return False
        return before.pk == answered.pk or (before.answered is not None and before.answered.pk == answered.pk)

    @property
    def cursor(self) -> str:
        """Its place in the thread: pages begin before or after it."""
        return queries.cursor(self.message.sent_at, self.message.pk)

    @property
    def is_long(self) -> bool:
        """So long that the thread shows its beginning only, until all of it is asked for."""
        text = self.message.text
        return len(text) > LONG_TEXT or text.count("\n") > LONG_LINES

    @property
    def template(self) -> str:
        return f"inbox/kinds/_{TEMPLATES.get(self.message.kind, 'unsupported')}.html"

    @property
    def is_event(self) -> bool:
        return self.message.direction == "event" or self.message.kind in ("system", "welcome")

    @property
    def tick(self) -> str:
        """pending, sent, delivered, read; empty where a tick has no meaning."""
        return TICKS.get(self.message.state, "") if self.message.direction == "out" else ""

    @property
    def label(self) -> str:
        """Where ours came from when no member here wrote it: phone, history, api; or greeting, away by themselves."""
        source = self.message.source
        if source == Message.Source.SYSTEM:
            return self.message.content.get("auto", "")
        return source if source in ("phone", "history", "api") else ""

    @property
    def attachment(self) -> Attachment | None:
        return self.message.files[0] if self.message.files else None

    @property
    def form_answers(self) -> list[tuple[str, object]]:
        """What was filled in; not the token by which a machine knows its form again."""
        fields = self.message.content.get("fields") or {}
        return [(name.replace("_", " "), value) for name, value in fields.items() if name != "flow_token"]

    @property
    def reactions(self) -> list:
        return self.message.emoji

    @property
    def css(self) -> str:
        """The classes that tell the drawing what this message is."""
        message = self.message
        told = {
            "is-continued": self.is_continued,
            "is-failed": self.is_failed,
            "is-uncertain": self.is_uncertain,
            "is-retried": self.is_retried,
            "is-revoked": message.revoked_at,
            "has-reactions": self.reactions,
        }
        names = [
            f"is-{message.direction}",
            f"kind-{message.kind}",
            *(name for name, holds in told.items() if holds),
        ]
        return " ".join(names)

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
        return failure_of(self.message)

    @property
    def can_retry(self) -> bool:
        """Sending again has a chance; not when the window closed or the patient said no."""
        return self.is_uncertain or (self.is_failed and self.failure.error_class not in HOPELESS)

    @property
    def can_be_undone(self) -> bool:
        """It waits a moment before it leaves, so that its author can take it back."""
        message = self.message
        is_waiting = message.state == Message.State.QUEUED and not message.attempts
        return is_waiting and message.due_at is not None and message.due_at > message.sent_at

    @property
    def was_for_later(self) -> bool:
        """It was not sent at the time its author had chosen."""
        return self.is_failed and self.message.send_at is not None

    @property
    def can_answer(self) -> bool:
        """The provider knows it, in this thread, so it can be quoted and reacted to."""
        message = self.message
        return bool(message.external_id) and message.direction in ("in", "out") and not message.is_in_group

    @property
    def can_forward(self) -> bool:
        """A copy of it may be sent to somebody else."""
        return self.may_forward and can_be_forwarded(self.message, self.message.files)


def bubbles(
    messages: list[Message],
    has_older: bool = False,
    unread_from=None,
    unread: int = 0,
    *,
    may_forward: bool = True,
) -> list[Bubble]:
    """The drawn thread. When there are older messages the first one only tells what the second follows.

    `unread_from` is the id of the message above which the line "3 new" stands, `unread` the number in it.
    """
    quotes = queries.quoted_by(messages)
    queries.fetch_files_and_reactions(messages)
    notes.fetch_threads(messages)
    before = [None, *messages]
    seen_by = (get_language(), timezone.get_current_timezone_name(), timezone.localdate())
    drawn = [
        Bubble(
            message,
            previous,
            quotes.get(message.reply_to_external_id),
            unread if message.pk == unread_from else 0,
            seen_by,
            may_forward,
        )
        for previous, message in zip(before, messages, strict=False)
    ]
    return drawn[1:] if has_older else drawn
