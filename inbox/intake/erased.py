"""What was erased does not come back: not by a redelivery, a replay, late statuses or an imported history.

Where a clinic has erased nobody this costs no query (one for reports about no channel); else one look in an index for a
whole batch.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from contacts.models import Identity
from integrations.events import (
    ChannelReport,
    ContactCard,
    IdentityChanged,
    MessageAmended,
    MessageReceived,
    PreferenceChanged,
    ReactionChanged,
    StatusChanged,
)
from integrations.models import Channel, WebhookEvent
from integrations.whatsapp.numbers import matching_key

from ..erasure import tombstones, webhooks
from ..models import TombstoneKey

logger = logging.getLogger(__name__)

Names = tuple[list[str], list[str], datetime | None]  # persons, things, when it happened (None: whenever)


def spare(channels: dict[UUID, Channel], told: list) -> list:
    """Those of the events told that are about nothing that was erased. The webhooks of the others forget it too.

    A message that is younger than the erasure is a new one, by a patient we never met.
    """
    if not _has_erased(channels):
        return told
    hasher = tombstones.hasher()
    named = [_digests(hasher, each.event) for each in told]
    found = tombstones.find(set().union(*(persons | things for persons, things, _ in named)))
    if not found:
        return told
    dropped = [
        each
        for each, (persons, things, at) in zip(told, named, strict=True)
        if things & found.keys() or (_is_older(at, persons, found) and not _is_known_again(each.event))
    ]
    if not dropped:
        return told
    logger.info("erased_before", extra={"count": len(dropped)})
    _forget_bodies(hasher, dropped, found.keys())
    gone = set(map(id, dropped))
    return [each for each in told if id(each) not in gone]


def _has_erased(channels: dict[UUID, Channel]) -> bool:
    """Whether the clinic ever erased anybody: its channels have been read with that. A report may name none of them."""
    if not channels:
        return TombstoneKey.objects.exists()
    return any(channel.tombstone_key for channel in channels.values())


def _digests(hasher: tombstones.Hasher, event) -> tuple[set[bytes], set[bytes], datetime | None]:
    persons, things, at = NAMES[type(event)](event)
    return set(map(hasher.person, filter(None, persons))), set(map(hasher.thing, filter(None, things))), at


def _is_older(at: datetime | None, persons: set[bytes], found: dict[bytes, datetime]) -> bool:
    """WhatsApp tells whole seconds: what is of the second of the erasure counts as new, unless its id is known."""
    moments = [found[each].replace(microsecond=0) for each in persons & found.keys()]
    return bool(moments) and (at is None or at < max(moments))


def _is_known_again(event) -> bool:
    """A name from the phone's address book has no time that counts: it is taken once the person has written anew."""
    if type(event) is not ContactCard:
        return False
    wa_key = matching_key(event.sender.wa_id) if event.sender.wa_id else None
    known = Q(wa_key=wa_key) if wa_key else Q(user_id=event.sender.user_id)
    return Identity.objects.filter(known).exists()


def _forget_bodies(hasher: tombstones.Hasher, dropped: list, found) -> None:
    """The raw webhooks are rows of the batch being drained, locked by this transaction."""
    mine: set[bytes] = set()
    for each in dropped:
        persons, things, _ = _digests(hasher, each.event)
        mine |= (persons | things) & found
    places, theirs = webhooks.our_places(), tombstones.Theirs(hasher, mine)
    for event in WebhookEvent.objects.filter(pk__in={each.webhook_id for each in dropped}):
        webhooks.forget_in(event, places, theirs)


def _of_message(event: MessageReceived) -> Names:
    return event.sender.addresses, [event.external_id], event.sent_at


def _of_status(event: StatusChanged) -> Names:
    return [event.recipient], [event.external_id, event.callback], event.occurred_at


def _of_change(event: ReactionChanged | MessageAmended) -> Names:
    return event.sender.addresses, [event.external_id, event.target], event.sent_at


def _of_move(event: IdentityChanged) -> Names:
    ids = [event.old_user_id, event.new_user_id, event.old_wa_id, event.new_wa_id]
    return ids, [event.external_id], event.occurred_at


def _of_wish(event: PreferenceChanged) -> Names:
    return event.sender.addresses, [], event.occurred_at


def _of_card(event: ContactCard) -> Names:
    return event.sender.addresses, [], None


def _of_report(event: ChannelReport) -> Names:
    return list(tombstones.values_in(event.payload)), [event.dedupe_key], event.occurred_at


NAMES: dict[type, Callable[..., Names]] = {
    MessageReceived: _of_message,
    StatusChanged: _of_status,
    ReactionChanged: _of_change,
    MessageAmended: _of_change,
    IdentityChanged: _of_move,
    PreferenceChanged: _of_wish,
    ContactCard: _of_card,
    ChannelReport: _of_report,
}
