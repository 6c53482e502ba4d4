"""Waiting until what the simulator was told has come all the way."""

import time
from collections.abc import Callable

from clinic_inbox.tenancy import clinic_scope
from inbox.models import Attachment, Message
from integrations.events import Kind
from integrations.models import Channel

TIMEOUT_SECONDS = 60
ENDS = {"delivered", "read", "played", "failed", "uncertain"}


class NotHere(Exception):
    """Something has not arrived in time; the text says what."""


def wait_for_messages(channel: Channel, external_ids: dict[str, str]) -> dict[str, Message]:
    """The messages with these external ids, by the same names, once all are stored. Call it outside of a scope."""

    def find() -> dict[str, Message]:
        rows = Message.objects.filter(channel=channel, external_id__in=external_ids.values())
        found = {
            row.external_id: row
            for row in rows.select_related("conversation__channel", "conversation__identity")
        }
        return {name: found[key] for name, key in external_ids.items() if key in found}

    return _wait(channel, find, lambda found: external_ids.keys() - found.keys())


def wait_for_files(channel: Channel) -> None:
    """No file of the channel is still to be fetched."""

    def find() -> list[str]:
        rows = Attachment.objects.filter(channel=channel, state=Attachment.State.WAITING)
        return list(rows.values_list("kind", flat=True))

    _wait(channel, find, lambda found: found)


def wait_for_delivery(channel: Channel, messages: dict[str, Message]) -> dict[str, Message]:
    """The messages as they are once each was delivered, or has failed. Of reactions no delivery is told."""

    def find() -> dict[str, Message]:
        rows = Message.objects.select_related("conversation").in_bulk(
            [message.pk for message in messages.values()]
        )
        return {name: rows[message.pk] for name, message in messages.items()}

    def missing(found: dict[str, Message]) -> set[str]:
        ends = {name: ENDS | {"sent"} if row.kind == Kind.REACTION else ENDS for name, row in found.items()}
        return {name for name, row in found.items() if row.state not in ends[name]}

    return _wait(channel, find, missing)


def _wait(channel: Channel, find: Callable, missing: Callable):
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        with clinic_scope(channel.clinic_id):
            found = find()
        if not missing(found):
            return found
        if time.monotonic() > deadline:
            raise NotHere(f"not here after {TIMEOUT_SECONDS} s: {sorted(missing(found))}")
        time.sleep(0.2)
