"""The conversations of a list as one member may see them: in pages, between two places, chosen, and counted."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from clinics.models import Member, TeamMember, Visibility

from . import queries, sight
from .listing import EVERYTHING, ME, NOBODY, ORDERS, PRIORITIES, Listing, Stretch, place
from .models import Conversation, Tagging
from .queries import MOST_COUNTED, ROWS

MOST_BETWEEN = 200  # rows between two places that were shown before
MOST_CHOSEN = 1_000  # conversations that one act takes
COUNTED = ("mine", "team", "unassigned", "unread", "waiting", "overdue", "all", "snoozed")


def narrowed(conversations: QuerySet, listing: Listing, member: Member) -> QuerySet:
    """Those that belong to the list."""
    found = queries.in_view(conversations, listing.view, member, status=listing.status)
    plain = {"channel": listing.channel, "contact__language": listing.language}
    found = found.filter(**{name: value for name, value in plain.items() if value})
    if listing.assignee:
        held = {NOBODY: None, ME: member.pk}
        found = found.filter(assignee=held.get(listing.assignee, listing.assignee))
    if listing.team:
        found = found.filter(team=None if listing.team == NOBODY else listing.team)
    if listing.tags:
        found = found.filter(
            Exists(Tagging.objects.filter(conversation=OuterRef("pk"), tag__in=listing.tags))
        )
    if listing.priorities:
        found = found.filter(priority__in=[PRIORITIES[each] for each in listing.priorities])
    if listing.unread:
        found = found.filter(unread__gt=0)
    if listing.waited:
        found = found.filter(waiting_since__lte=timezone.now() - timedelta(minutes=listing.waited))
    return found


def page(member: Member, listing: Listing, after: str = "") -> tuple[list[Conversation], str]:
    """One page of a list and the place where the next begins, "" at the end. Raises ValueError for a made-up place."""
    rows = _rows(member, listing, after, "", ROWS + 1)
    return rows[:ROWS], place(rows[ROWS - 1], listing) if len(rows) > ROWS else ""


def between(member: Member, listing: Listing, after: str, until: str) -> list[Conversation]:
    """What a list has between two places that its pages told. Raises ValueError for made-up ones."""
    return _rows(member, listing, after, until, MOST_BETWEEN)


def chosen(member: Member, listing: Listing) -> list[Conversation]:
    """The first MOST_CHOSEN of a list that the member sees, with what was heard of each patient."""
    pks = _pks(member, listing, "", "", MOST_CHOSEN)
    seen = queries.visible_conversations(member).filter(pk__in=pks)
    return list(seen.only("last_inbound_at"))


def listed(member: Member, listing: Listing) -> QuerySet[Conversation]:
    """What the list may show this member; admins learn of what they do not see from plain lists only."""
    if listing.is_plain:
        return narrowed(queries.listed_conversations(member), listing, member)
    return narrowed(queries.visible_conversations(member), listing, member)


def _rows(member: Member, listing: Listing, after: str, until: str, most: int) -> list[Conversation]:
    stretches = ORDERS[listing.order]
    if len(stretches) == 1 and len(parts := _parts(member, listing)) == 1:
        wanted = listed(member, listing).filter(parts[0], _limits(stretches[0], after, until))
        return list(queries.in_rows(wanted).order_by(*stretches[0].order)[:most])
    pks = _pks(member, listing, after, until, most)
    rows = {row.pk: row for row in queries.in_rows(listed(member, listing).filter(pk__in=pks))}
    return [rows[pk] for pk in pks if pk in rows]


def _limits(stretch: Stretch, after: str, until: str) -> Q:
    return (stretch.beyond(after) if after else EVERYTHING) & (stretch.up_to(until) if until else EVERYTHING)


def _pks(member: Member, listing: Listing, after: str, until: str, most: int) -> list[UUID]:
    """Their ids in order. Who sees them is asked again of the rows: a wrong part can hide one, never show one."""
    (first, after), (last, until) = _split(after), _split(until)
    stretches = ORDERS[listing.order]
    last = last if until else len(stretches) - 1
    found = []
    for number in range(first, min(last, len(stretches) - 1) + 1):
        limits = _limits(stretches[number], after if number == first else "", until if number == last else "")
        parts = _first_of(member, listing, stretches[number], limits, most - len(found))
        found += [pk for pk, _ in parts]
        if len(found) >= most:
            break
    return found


def _split(cursor: str) -> tuple[int, str]:
    """The stretch that a place is in, and the place in it."""
    number, mark, rest = cursor.partition("~")
    return (int(number), rest) if mark else (0, cursor)


def _first_of(member: Member, listing: Listing, stretch: Stretch, limits: Q, most: int) -> list:
    first, *others = _parts_in_order(member, listing, stretch, limits, most)
    if not others:
        return list(first)
    by = stretch.order[0]
    return list(first.union(*others).order_by(by, stretch.order[1])[:most])


def _parts_in_order(
    member: Member, listing: Listing, stretch: Stretch, limits: Q, most: int
) -> list[QuerySet]:
    """Id and time of the first ones of each part."""
    parts = _parts(member, listing)
    whole = narrowed(Conversation.objects.filter(sight.IN_LISTS), listing, member)
    cut = (
        [whole.filter(part) for part in parts] if len(parts) > 1 else [listed(member, listing).filter(*parts)]
    )
    return [
        each.filter(stretch.which, limits).order_by(*stretch.order).values_list("pk", stretch.by)[:most]
        for each in cut
    ]


def _parts(member: Member, listing: Listing) -> list[Q]:
    """The member's conversations, cut so that each part has an index which gives it in order."""
    if listing.view == "team" and (member.sees_all or member.visibility != Visibility.OWN):
        teams = TeamMember.objects.filter(member=member.pk).values_list("team_id", flat=True)
        return [Q(team=team) for team in teams] or [Q(pk=None)]
    return [EVERYTHING] if member.sees_all or listing.view in ("mine", "mentions") else sight.parts_of(member)


def counts(member: Member, listings: dict[str, Listing] | None = None) -> dict[str, int]:
    """How many conversations each of these lists holds, counted to MOST_COUNTED at most; one query.

    Without `listings`: of the views.
    """
    if listings is None:
        listings = {view: Listing(view) for view in COUNTED}
    if not listings:
        return {}
    first, *others = (
        _some_of(listing, member).order_by().values_list(Value(name))[:MOST_COUNTED]
        for name, listing in listings.items()
    )
    found = Counter(name for (name,) in (first.union(*others, all=True) if others else first))
    return {name: found[name] for name in listings}


def _some_of(listing: Listing, member: Member) -> QuerySet:
    """A list's conversations, at least MOST_COUNTED if there are so many."""
    if member.is_admin and listing.is_plain:
        whole = Conversation.objects.filter(sight.IN_LISTS, clinic_id=member.clinic_id)
        return narrowed(whole, listing, member)
    seen = narrowed(queries.visible_conversations(member), listing, member)
    parts = _parts(member, listing)
    if len(parts) == 1:
        return seen.filter(parts[0])
    newest = ORDERS["newest"][0]
    first, *others = (
        part.values("pk") for part in _parts_in_order(member, listing, newest, EVERYTHING, MOST_COUNTED)
    )
    return seen.filter(pk__in=first.union(*others, all=True))
