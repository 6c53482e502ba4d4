"""The conditions of a search: which conversations and which messages they leave, and what is wrong with them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.models import Member
from clinics.queries import active_members, teams
from integrations.queries import channels

from .asking import Condition
from .models import Conversation, Message, Tag, Tagging

Status = Conversation.Status
FILES = ("image", "video", "document", "audio", "voice", "sticker")
HAS = {
    "file": Q(kind__in=FILES),
    "image": Q(kind__in=("image", "sticker")),
    "photo": Q(kind="image"),
    "video": Q(kind="video"),
    "document": Q(kind="document"),
    "voice": Q(kind__in=("voice", "audio")),
    "link": Q(text__iregex=r"(https?://|www\.)[^\s]"),
}
IS = {
    "unread": Q(unread__gt=0),
    "waiting": Q(waiting_since__isnull=False, status=Status.OPEN),
    "sensitive": Q(is_sensitive=True),
    "urgent": Q(priority=Conversation.Priority.URGENT),
    "open": Q(status=Status.OPEN),
    "snoozed": Q(status=Status.SNOOZED),
    "closed": Q(status=Status.CLOSED),
}
AGO = re.compile(r"(\d{1,4})([dwmy])")
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Wrong(Exception):
    """The sentence that tells what is wrong with a condition."""


@dataclass
class Sought:
    """What the conditions leave: of conversations, of messages, and what could not be understood."""

    of_conversations: list[Q] = field(default_factory=list)
    of_messages: list[Q] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_conditions(conditions: tuple[Condition, ...], member: Member) -> Sought:
    """The conditions as a member means them. One that is wrong narrows nothing and is told."""
    sought = Sought()
    for each in conditions:
        try:
            _add(sought, each, member)
        except Wrong as wrong:
            sought.problems.append(str(wrong))
    return sought


def _add(sought: Sought, condition: Condition, member: Member) -> None:
    known = {**OF_CONVERSATIONS, **OF_MESSAGES}
    if condition.name not in known:
        words = {"name": condition.name, "known": ", ".join(f"{name}:" for name in known)}
        raise Wrong(_("There is no “%(name)s:”. There are %(known)s") % words)
    if not condition.value:
        raise Wrong(_("After “%(name)s:” comes what to look for.") % {"name": condition.name})
    rule = known[condition.name](condition.value, member)
    rules = sought.of_messages if condition.name in OF_MESSAGES else sought.of_conversations
    rules.append(~rule if condition.is_not else rule)


def _in(value: str, member: Member) -> Q:
    own = {"mine": Q(assignee=member.pk), "unassigned": Q(assignee=None), "all": Q()}
    statuses = {each: IS[each] for each in Status.values}
    if value.lower() in own | statuses:
        return (own | statuses)[value.lower()]
    named = _named(teams(), value)
    if not named:
        words = {"value": value, "known": ", ".join([*statuses, *own])}
        raise Wrong(_("No team is called “%(value)s”. There are also %(known)s.") % words)
    return Q(team__in=named)


def _assignee(value: str, member: Member) -> Q:
    if value.lower() in ("me", "nobody", "none"):
        return Q(assignee=member.pk) if value.lower() == "me" else Q(assignee=None)
    return Q(assignee__in=_colleagues(value))


def _channel(value: str, member: Member) -> Q:
    named = _named(channels(), value)
    if not named:
        raise Wrong(_("No number is called “%(value)s”.") % {"value": value})
    return Q(channel__in=named)


def _tag(value: str, member: Member) -> Q:
    named = _named(Tag.objects.all(), value)
    if not named:
        raise Wrong(_("No tag is called “%(value)s”.") % {"value": value})
    return Q(pk__in=Tagging.objects.filter(tag__in=named).values("conversation"))


def _from(value: str, member: Member) -> Q:
    sides = {"patient": Q(direction=Message.Direction.IN), "clinic": Q(direction=Message.Direction.OUT)}
    if value.lower() == "me":
        return Q(author=member.pk)
    return sides.get(value.lower()) or Q(author__in=_colleagues(value))


def _has(value: str, member: Member) -> Q:
    return _one_of(HAS, "has", value)


def _is(value: str, member: Member) -> Q:
    return _one_of(IS, "is", value)


def _one_of(known: dict[str, Q], name: str, value: str) -> Q:
    if value.lower() not in known:
        words = {"name": name, "value": value, "known": ", ".join(known)}
        raise Wrong(_("“%(name)s:” does not know “%(value)s”. It knows %(known)s.") % words)
    return known[value.lower()]


def _before(value: str, member: Member) -> Q:
    return Q(sent_at__lt=_start_of(_day(value)))


def _after(value: str, member: Member) -> Q:
    return Q(sent_at__gte=_start_of(_day(value)))


def _on(value: str, member: Member) -> Q:
    day = _day(value)
    return Q(sent_at__gte=_start_of(day), sent_at__lt=_start_of(day + timedelta(days=1)))


def _day(value: str) -> date:
    """2026-11-05, today, yesterday, or how long ago: 3d, 2w, 6m, 1y."""
    today = timezone.localdate()
    if value.lower() in ("today", "yesterday"):
        return today - timedelta(days=value.lower() == "yesterday")
    try:
        if ago := AGO.fullmatch(value.lower()):
            return max(today - timedelta(days=int(ago[1]) * DAYS[ago[2]]), date(1970, 1, 1))
        day = date.fromisoformat(value)
    except (ValueError, OverflowError):
        day = date.min
    if not 1970 <= day.year < 9000:
        words = {"value": value, "example": today.isoformat()}
        raise Wrong(_("“%(value)s” is no day. Write %(example)s, today, yesterday, 3d, 2w or 6m.") % words)
    return day


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _colleagues(value: str) -> list:
    named = _named(active_members(), value)
    if not named:
        raise Wrong(_("No colleague is called “%(value)s”.") % {"value": value})
    return named


def _named(rows, value: str) -> list:
    """The ids of those whose name has a word that begins so."""
    wanted = value.casefold()
    return [pk for pk, name in rows.values_list("pk", "name") if f" {wanted}" in f" {name.casefold()}"]


OF_CONVERSATIONS: dict[str, Callable[[str, Member], Q]] = {
    "in": _in, "assignee": _assignee, "channel": _channel, "tag": _tag, "is": _is,
}  # fmt: skip
OF_MESSAGES: dict[str, Callable[[str, Member], Q]] = {
    "from": _from, "has": _has, "before": _before, "after": _after, "on": _on,
}  # fmt: skip
# What the helper under the field offers: the operator, what it is for.
OFFERED = (
    ("from:patient", gettext_lazy("what patients said")),
    ("from:me", gettext_lazy("what you said")),
    ("in:closed", gettext_lazy("closed, snoozed, mine or a team")),
    ("has:file", gettext_lazy("file, image, voice, video or link")),
    ("after:7d", gettext_lazy("since a day; also before: and on:")),
    ("is:unread", gettext_lazy("unread, waiting, sensitive or urgent")),
    ("assignee:", gettext_lazy("a colleague, me or nobody")),
    ("tag:", gettext_lazy("with a tag")),
    ("channel:", gettext_lazy("at one of your numbers")),
    ("-", gettext_lazy("what must not be there")),
)
