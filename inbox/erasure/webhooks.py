"""Stored webhooks without what they told of one patient: the rest of the body stays, sealed anew, or nothing does.

One body may be about several patients, and on a Meta app that clinics share, about several clinics: only what came for
this clinic's numbers and accounts is looked at.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db.models import Q
from django.db.models.functions import Length

from clinic_inbox import vault
from integrations.events import Unreadable
from integrations.models import Channel, Route, WebhookEvent, webhook_context
from integrations.whatsapp.reading import ident, load, mapping

from .tombstones import NOT_ADDRESSES, Theirs, as_id

# What every change has; a change of which nothing else is left says nothing.
FRAME = {"messaging_product", "metadata"}
MOST_BYTES = 16 * 1024 * 1024  # of sealed bodies in one transaction, which is then done in some seconds
AT_ONCE = timedelta(minutes=10)  # our clock and the database's may differ
_GONE = object()

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Places:
    """The addresses under which the active clinic is told of things."""

    numbers: frozenset[str]
    accounts: frozenset[str]
    hooks: frozenset[UUID]

    def is_for_us(self, entry: dict, change: dict) -> bool:
        """The change came for a number of ours or, when it names none, for an account of ours."""
        value = mapping(change.get("value"))
        number = ident(mapping(value.get("metadata")).get("phone_number_id"), 64)
        return number in self.numbers if number else ident(entry.get("id"), 64) in self.accounts


def our_places() -> Places:
    """Of the active clinic, disconnected numbers included."""
    rows = list(Channel.objects.values_list("external_id", "business_id", "hook"))
    routed = Route.objects.values_list("hook", flat=True)
    return Places(
        frozenset(row[0] for row in rows),
        frozenset(row[1] for row in rows),
        frozenset(row[2] for row in rows) | frozenset(routed),
    )


def forget_in_batch(
    after: int, most: int, before: datetime, places: Places, theirs: Theirs
) -> tuple[int, int | None]:
    """Take them out of the next webhooks that came before a moment; what waits since then is new, and is left alone.

    Returns how many bodies changed, and where to go on (None: the end). Call in a transaction: the rows are locked, so
    that nobody reads them at this moment.
    """
    is_old = Q(received_at__lt=before) | Q(received_at__lt=before + AT_ONCE, state=WebhookEvent.State.DONE)
    rows = WebhookEvent.objects.filter(is_old, hook__in=places.hooks, pk__gt=after).order_by("pk")
    sizes = list(rows.annotate(size=Length("body")).values_list("pk", "size")[:most])
    upto = _within(sizes, MOST_BYTES)
    batch = list(rows.filter(pk__lte=upto).select_for_update(of=["self"]))
    is_end = not sizes or (len(sizes) < most and upto == sizes[-1][0])
    return sum(forget_in(event, places, theirs) for event in batch), None if is_end else upto


def _within(sizes: list[tuple[int, int]], most: int) -> int:
    """The last key before the sum of sizes exceeds this; at least the first one."""
    total, upto = 0, 0
    for pk, size in sizes:
        total += size
        if upto and total > most:
            break
        upto = pk
    return upto


def forget_in(event: WebhookEvent, places: Places, theirs: Theirs) -> bool:
    """Take them out of one stored webhook, whose row is locked; returns whether they were in it."""
    context = webhook_context(event.hook_id)
    try:
        tree = load(vault.unseal(event.body, context))
    except Unreadable:  # no JSON, so it was never read and has no address: it is held until somebody decides
        return False
    try:
        was_there = prune(tree, places, theirs)
    except RecursionError:  # deeper than anything that a provider tells, so it was not read either
        logger.warning("webhook_not_searched", extra={"webhook_id": event.pk})
        return False
    if not was_there:
        return False
    if tree.get("entry"):
        body = vault.seal(orjson.dumps(tree), context)
        WebhookEvent.objects.filter(pk=event.pk).update(body=body)
    else:
        event.delete()
    return True


def prune(tree, places: Places, theirs: Theirs) -> bool:
    """Take everything about them out of a body, down to the smallest item; returns whether there was anything."""
    entries = mapping(tree).get("entry")
    if type(entries) is not list:
        return False
    was_there = False
    for entry in filter(lambda each: type(each) is dict, entries):
        changes = entry.get("changes")
        if type(changes) is not list:
            continue
        kept = [_without(entry, change, places, theirs) for change in changes]
        was_there |= kept != changes
        entry["changes"] = [change for change in kept if change is not _GONE]
    if was_there:
        tree["entry"] = [entry for entry in entries if type(entry) is not dict or entry.get("changes") != []]
    return was_there


def _without(entry: dict, change, places: Places, theirs: Theirs):
    if type(change) is not dict or not places.is_for_us(entry, change):
        return change
    value = change.get("value")
    left = _strip(value, theirs)
    if left is _GONE or (type(left) is dict and left != value and left.keys() <= FRAME):
        return _GONE
    return change | {"value": left}


def _strip(node, theirs: Theirs):
    """The node without them: a list loses the items that name them, and an item names them at any depth of objects."""
    if type(node) is list:
        left = [each for each in (_strip(item, theirs) for item in node) if each is not _GONE]
        return left if left or not node else _GONE
    if type(node) is dict:
        return _strip_object(node, theirs)
    return _GONE if (value := as_id(node)) is not None and theirs.names(value) else node


def _strip_object(node: dict, theirs: Theirs):
    left = {}
    for name, each in node.items():
        kept = each
        if type(each) is list or type(each) is dict:
            kept = _strip(each, theirs)
            if kept is _GONE and type(each) is list:
                continue
        elif name not in NOT_ADDRESSES and (value := as_id(each)) is not None and theirs.names(value):
            return _GONE
        if kept is _GONE:
            return _GONE
        left[name] = kept
    return left if left or not node else _GONE
