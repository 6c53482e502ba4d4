"""One list of conversations: a view, what it is narrowed to, in which order. inbox.listed reads it.

A list is its address: `view=all&tag=…&sort=waiting` says all of it, and whoever follows it sees what they may.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict

from . import queries
from .models import Conversation

Priority = Conversation.Priority
EVERYTHING = Q()
# Lists of which admins learn that sensitive conversations are in them, and nothing else about those.
PLAIN_VIEWS = ("mine", "unassigned", "all", "snoozed", "closed")
STATUSES = (*Conversation.Status.values, "any")
PRIORITIES = {label: value for value, label in Priority.choices}
WAITED = (5, 15, 60, 240, 1440)  # minutes that the builder offers; an address may name others
LONGEST_WAIT = 60 * 24 * 366
NOBODY, ME = "none", "me"


@dataclass(frozen=True)
class Stretch:
    """A part of an order: which conversations, and by which time."""

    which: Q
    by: str = "last_message_at"
    is_ascending: bool = False

    @property
    def order(self) -> tuple[str, str]:
        return (self.by, "pk") if self.is_ascending else (f"-{self.by}", "-pk")

    def beyond(self, place: str) -> Q:
        """Those that come after a place."""
        at, pk = queries.read_cursor(place)
        how = "gt" if self.is_ascending else "lt"
        after = Q(**{f"{self.by}__{how}": at}) | Q(**{self.by: at, f"pk__{how}": pk})
        return after & Q(**{f"{self.by}__{how}e": at})  # the second lets the index seek

    def up_to(self, place: str) -> Q:
        """Those up to a place, itself too."""
        at, pk = queries.read_cursor(place)
        how = "lt" if self.is_ascending else "gt"
        before = Q(**{f"{self.by}__{how}": at}) | Q(**{self.by: at, f"pk__{how}e": pk})
        return before & Q(**{f"{self.by}__{how}e": at})


ORDERS = {
    "newest": (Stretch(EVERYTHING),),
    "waiting": (
        Stretch(Q(waiting_since__isnull=False), "waiting_since", is_ascending=True),
        Stretch(Q(waiting_since=None)),
    ),
    "due": (
        Stretch(Q(reply_due_at__isnull=False), "reply_due_at", is_ascending=True),
        Stretch(Q(reply_due_at=None)),
    ),
    "priority": tuple(Stretch(Q(priority=each)) for each in reversed(Priority.values)),
}


@dataclass(frozen=True)
class Listing:
    """What a list shows. Everything but the view is empty where nothing was chosen."""

    view: str = "all"
    sort: str = ""
    status: str = ""
    channel: str = ""
    assignee: str = ""
    team: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    unread: bool = False
    waited: int = 0  # minutes
    saved: str = ""  # the filter it was kept as

    @property
    def order(self) -> str:
        """How it is sorted: as was chosen, or as the view is."""
        return self.sort or {"waiting": "waiting", "overdue": "due"}.get(self.view, "newest")

    @property
    def is_narrowed(self) -> bool:
        return self.parameters(but=("view", "sort", "saved")) != []

    @property
    def is_plain(self) -> bool:
        """Where a conversation stands in it tells nothing but that it is there, and when it was heard of."""
        return self.view in PLAIN_VIEWS and self.order == "newest" and not self.is_narrowed

    def parameters(self, but: Iterable[str] = ()) -> list[tuple[str, str]]:
        """What its address says, name by name."""
        told = [("view", self.view), ("sort", self.sort), ("status", self.status), ("channel", self.channel)]
        told += [("assignee", self.assignee), ("team", self.team), ("language", self.language)]
        told += [("tag", each) for each in self.tags] + [("priority", each) for each in self.priorities]
        told += [("unread", "1" if self.unread else ""), ("waited", str(self.waited or ""))]
        return [(name, value) for name, value in told if value and name not in but]

    @property
    def address(self) -> str:
        """As the part of an address behind the question mark."""
        return f"saved={self.saved}" if self.saved else urlencode(self.parameters())

    @property
    def whole_address(self) -> str:
        """The same, of a kept filter what it stands for."""
        return urlencode(self.parameters())


def read(told: QueryDict) -> Listing:
    """The list that an address names. What it says wrongly is left out."""
    view, waited = told.get("view", ""), told.get("waited", "")
    waited = int(waited) if waited.isdecimal() and len(waited) < 8 else 0
    return Listing(
        view=view if view in queries.VIEWS or queries.team_of_view(view) else "all",
        sort=_one_of(ORDERS, told.get("sort")),
        status=_one_of(STATUSES, told.get("status")),
        channel=_id(told.get("channel")),
        assignee=_one_of((NOBODY, ME), told.get("assignee")) or _id(told.get("assignee")),
        team=_one_of((NOBODY,), told.get("team")) or _id(told.get("team")),
        language=told.get("language", "")[:10],
        tags=tuple(filter(None, map(_id, told.getlist("tag")[:20]))),
        priorities=tuple(each for each in PRIORITIES if each in told.getlist("priority")),
        unread=told.get("unread") == "1",
        waited=min(waited, LONGEST_WAIT),
    )


def _one_of(known: Iterable[str], value: str | None) -> str:
    return value if value in known else ""


def _id(text: str | None) -> str:
    try:
        return str(UUID(text or ""))
    except ValueError:
        return ""


def place(conversation: Conversation, listing: Listing) -> str:
    """Where a conversation stands in the order of a list, to go on from there."""
    number, stretch = _stretch_of(conversation, listing.order)
    at = getattr(conversation, stretch.by)
    return (f"{number}~" if number else "") + queries.cursor(at, conversation.pk)


def _stretch_of(conversation: Conversation, order: str) -> tuple[int, Stretch]:
    number = 0
    if order == "waiting":
        number = int(conversation.waiting_since is None)
    if order == "due":
        number = int(conversation.reply_due_at is None)
    if order == "priority":
        number = max(Priority.values) - conversation.priority
    return number, ORDERS[order][number]


def kept_as(listing: Listing, pk: UUID) -> Listing:
    """The same list, known by the filter it is kept as."""
    return replace(listing, saved=str(pk))
