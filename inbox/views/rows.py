"""One row of the list, ready to draw: what the template would otherwise have to work out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..listing import Listing, place
from ..models import CLOSING_SOON, WINDOW, Conversation
from ..search import Hit

MINUTE = timedelta(minutes=1)
RING_BELOW = timedelta(hours=6)
TAGS_SHOWN = 2
PLAIN = Listing()
ANY = "00000000-0000-0000-0000-000000000000"

KIND_ICONS = {
    "image": "image",
    "video": "video",
    "audio": "music",
    "voice": "mic",
    "document": "file-text",
    "sticker": "sticker",
    "location": "map-pin",
    "location_request": "map-pin",
    "contacts": "contact-round",
    "order": "shopping-bag",
    "template": "layout-template",
    "buttons": "mouse-pointer-click",
    "list": "list",
    "flow": "clipboard-list",
    "flow_reply": "clipboard-list",
    "cta_url": "external-link",
    "button_reply": "corner-down-right",
    "list_reply": "corner-down-right",
    "button": "corner-down-right",
    "call_permission_reply": "phone",
    "unsupported": "circle-question-mark",
    "unknown": "circle-question-mark",
    "placeholder": "circle-question-mark",
    "system": "info",
    "welcome": "hand",
    "reaction": "smile",
    "revoked": "ban",
}
KIND_WORDS = {
    "image": _("Photo"),
    "video": _("Video"),
    "audio": _("Audio"),
    "voice": _("Voice message"),
    "document": _("Document"),
    "sticker": _("Sticker"),
    "location": _("Location"),
    "location_request": _("Asked for the location"),
    "contacts": _("Contact"),
    "order": pgettext_lazy("kind of message", "Order"),
    "template": _("Template"),
    "flow": _("Form"),
    "flow_reply": _("Filled-in form"),
    "call_permission_reply": _("Answer about calls"),
    "unsupported": _("Message that cannot be shown"),
    "unknown": _("Message that cannot be shown"),
    "placeholder": _("File from the phone's history"),
    "welcome": _("Opened the chat"),
    "system": _("Change"),
    "revoked": _("Message taken back"),
}
# What of a conversation is seen in its row, times apart.
DRAWN = ("pk", "contact_id", "status", "is_sensitive", "unread", "last_message_at", "snoozed_until")
DRAWN += (
    "reply_due_at",
    "reply_soon_at",
    "preview",
    "preview_kind",
    "preview_direction",
    "last_inbound_at",
    "priority",
)
drawn_values = attrgetter(*DRAWN)


@dataclass(frozen=True)
class Row:
    """A conversation in the list, at one moment."""

    conversation: Conversation
    now: datetime
    hit: Hit | None = None
    listing: Listing = PLAIN
    is_mentioned: bool = False  # a note in it calls the member, who has not seen it yet
    has_draft: bool = False  # the member who looks has written and not sent

    template = "inbox/_row.html"

    @property
    def look(self) -> tuple:
        """Everything the drawing depends on: rows with the same look are drawn the same."""
        conversation, hit = self.conversation, self.hit
        said = hit and hit.message
        return (
            get_language(),
            timezone.get_current_timezone_name(),
            timezone.localdate(self.now),  # the hour of today is "Yesterday" tomorrow
            *drawn_values(conversation),
            self.is_mentioned,
            self.scheduled_for,
            self.is_not_sent,
            self.name,
            self.place,
            tuple((tag.name, tag.tint) for tag in self.tags),
            conversation.identity.address,
            conversation.assignee and (conversation.assignee_id, conversation.assignee.name),
            conversation.team and conversation.team.name,
            self.is_running_out
            and (conversation.last_inbound_at, self._minutes_since(conversation.last_inbound_at)),
            self.is_waiting and (conversation.waiting_since, self._minutes_since(conversation.waiting_since)),
            self.has_draft,
            hit and (hit.where, said and (said.pk, said.text, said.kind, said.sent_at)),
        )

    def _minutes_since(self, moment: datetime) -> int:
        return (self.now - moment) // MINUTE

    @property
    def url(self) -> str:
        return _address().replace(ANY, str(self.conversation.pk))

    @property
    def at(self) -> str:
        """The place in the list, for a page that sorts a row in."""
        return f"{self.conversation.last_message_at.timestamp():.6f}"

    @property
    def place(self) -> str:
        """Where it stands in its list, and from where the list goes on below it."""
        return place(self.conversation, self.listing)

    @property
    def tags(self) -> list:
        return [each.tag for each in getattr(self.conversation, "tagged", [])]

    @property
    def shown_tags(self) -> list:
        return self.tags[:TAGS_SHOWN]

    @property
    def more_tags(self) -> str:
        """The names of those that have no room."""
        return ", ".join(tag.name for tag in self.tags[TAGS_SHOWN:])

    @property
    def more_tags_count(self) -> int:
        return len(self.tags) - TAGS_SHOWN

    @cached_property
    def initials(self) -> str:
        return self.conversation.contact.initials

    @property
    def assigned_to(self) -> str:
        return _("Assigned to %(name)s") % {"name": self.conversation.assignee.name}

    @property
    def name(self) -> str:
        return self.conversation.contact.name or self.conversation.identity.address

    @property
    def icon(self) -> str:
        return KIND_ICONS.get(self.conversation.preview_kind, "")

    @property
    def preview(self) -> str:
        """The last message's text, or what kind of thing it is when it has none."""
        conversation = self.conversation
        return conversation.preview or str(KIND_WORDS.get(conversation.preview_kind, ""))

    @property
    def scheduled_for(self) -> datetime | None:
        """When the next message that waits for its time is to be sent."""
        waiting = [each for each in self._for_later if each.state == "scheduled"]
        return waiting[0].send_at if waiting else None

    @property
    def is_not_sent(self) -> bool:
        """A message was not sent at its time, and nobody has seen to it yet."""
        return any(each.state == "failed" for each in self._for_later)

    @property
    def _for_later(self) -> list:
        return getattr(self.conversation, "for_later", [])

    @property
    def said(self) -> str:
        """What the message that was found says, or what kind of thing it is."""
        message = self.hit.message
        return message.text or str(KIND_WORDS.get(message.kind, ""))

    @property
    def is_ours(self) -> bool:
        return self.conversation.preview_direction == "out"

    @property
    def is_running_out(self) -> bool:
        """The window is shown while it still matters: open, and closing within hours."""
        conversation = self.conversation
        closes_at = conversation.window_closes_at
        return (
            conversation.status != Conversation.Status.CLOSED
            and closes_at is not None
            and self.now < closes_at < self.now + RING_BELOW
        )

    @property
    def is_urgent(self) -> bool:
        return self.is_running_out and self.conversation.window_closes_at < self.now + CLOSING_SOON

    @property
    def window_percent(self) -> int:
        """How much of the 24 hours is left, for the ring."""
        return round((self.conversation.window_closes_at - self.now) / WINDOW * 100)

    @property
    def is_due_soon(self) -> bool:
        """Most of the time that the clinic gives itself for this answer is used."""
        soon = self.conversation.reply_soon_at
        return self.is_waiting and soon is not None and soon <= self.now

    @property
    def is_overdue(self) -> bool:
        """The clinic's target for this answer is past."""
        due = self.conversation.reply_due_at
        return self.is_waiting and due is not None and due <= self.now

    @property
    def is_waiting(self) -> bool:
        return bool(self.conversation.waiting_since) and self.conversation.status == Conversation.Status.OPEN


@dataclass(frozen=True)
class SealedRow:
    """A sensitive conversation in an admin's list: that it exists, and nothing else of it."""

    conversation: Conversation
    listing: Listing = PLAIN

    template = "inbox/_sealed_row.html"

    @property
    def look(self) -> tuple:
        return (get_language(), self.conversation.pk, self.conversation.last_message_at)

    @property
    def place(self) -> str:
        return place(self.conversation, PLAIN)

    @property
    def url(self) -> str:
        return _address().replace(ANY, str(self.conversation.pk))

    @property
    def at(self) -> str:
        return f"{self.conversation.last_message_at.timestamp():.6f}"


@cache
def _address() -> str:
    return reverse("inbox:conversation", args=[ANY])


def rows_of(
    conversations: list[Conversation], listing: Listing = PLAIN, mentioned=frozenset(), drafts=frozenset()
) -> list[Row | SealedRow]:
    """The rows of a list; a note calls whoever reads it in those of the ids `mentioned`; `drafts`: they have one."""
    now = timezone.now()
    return [
        SealedRow(each, listing)
        if _is_sealed(each)
        else Row(each, now, listing=listing, is_mentioned=each.pk in mentioned, has_draft=each.pk in drafts)
        for each in conversations
    ]


def _is_sealed(conversation: Conversation) -> bool:
    """As queries.listed_conversations() tells; rows that come from elsewhere were seen already."""
    return getattr(conversation, "is_sealed", False)


def rows_of_hits(hits: list[Hit], listing: Listing = PLAIN, drafts=frozenset()) -> list[Row]:
    """The rows of a search; `drafts` as above."""
    now = timezone.now()
    return [Row(hit.conversation, now, hit, listing, has_draft=hit.conversation.pk in drafts) for hit in hits]
