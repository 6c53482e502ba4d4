"""A webhook body to events. Pure, quick, and afraid of nothing: what is odd becomes an event that says so."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from integrations.events import Arrival, Event, Unreadable
from integrations.whatsapp import parse_phone as phone
from integrations.whatsapp import parse_reports as reports
from integrations.whatsapp.change import Change, report
from integrations.whatsapp.parse_messages import LIVE, Origin, read_message
from integrations.whatsapp.parse_statuses import read_status
from integrations.whatsapp.reading import ident, load, mapping, objects


def parse(body: bytes, now: float | None = None) -> list[Arrival]:
    """All events of one webhook body, in its order. Raises Unreadable when it is no WhatsApp webhook at all.

    One item that makes no sense becomes an event of its own (an unknown message, or a report of kind
    "unreadable") and never hides the others. `now` (Unix seconds) stands in for times that make no sense.
    """
    tree = load(body)
    entries = tree.get("entry") if type(tree) is dict else None
    if type(entries) is not list or tree.get("object") != "whatsapp_business_account":
        raise Unreadable("not a WhatsApp webhook")
    now = time.time() if now is None else now
    return [
        Arrival(event, change.number_id, change.business_id)
        for entry in entries
        for change in _changes(entry, now)
        for event in FIELDS.get(change.field, reports.report_value)(change)
    ]


def _changes(entry, now: float) -> Iterator[Change]:
    changes = entry.get("changes") if type(entry) is dict else None
    if type(changes) is not list:
        yield Change(UNREADABLE, {"entry": entry}, "", ident(mapping(entry).get("id"), 64), None, now)
        return
    business_id, at = ident(entry.get("id"), 64), entry.get("time")
    for change in changes:
        value = change.get("value") if type(change) is dict else None
        if type(value) is not dict:
            yield Change(UNREADABLE, {"change": change}, "", business_id, at, now)
            continue
        field = ident(change.get("field"), 60)
        # Partner events stand under the partner's own id and name the account inside.
        told = mapping(value.get("waba_info")).get("waba_id") if field == "account_update" else None
        yield Change(field, value, _number_id(field, value), ident(told, 64) or business_id, at, now)


def _number_id(field: str, value: dict) -> str:
    metadata = value.get("metadata")
    if type(metadata) is not dict:
        metadata = mapping(value.get(NUMBER_PLACES.get(field)))
    return ident(metadata.get("phone_number_id"), 64)


def _read(name: str, item, change: Change, read: Callable[[dict, Change], Event | None]) -> Event:
    """The event of one item, or a report that it could not be read: it must not take the others with it."""
    try:
        event = read(item, change) if type(item) is dict else None
    except Exception:  # Nameless, or a surprise: whatever is wrong with this one, the items beside it count
        event = None
    return event or report(change, UNREADABLE, {name: item})


def _lists(
    readers: dict[str, Callable], known: frozenset[str] = frozenset()
) -> Callable[[Change], list[Event]]:
    """A reader of fields that hold lists. Keys nobody knows yet are kept in a report of kind "more"."""
    known = known | readers.keys() | {"messaging_product", "metadata", "contacts"}

    def read_field(change: Change) -> list[Event]:
        value = change.value
        names = [name for name in readers if name in value]
        events = [_read(name, item, change, readers[name]) for name in names for item in change.items(name)]
        if not events:
            return reports.report_value(change)
        if more := value.keys() - known:
            rest = {key: value[key] for key in sorted(more)}
            events.append(report(change, "more", rest))
        return events

    return read_field


def _message(item: dict, change: Change) -> Event:
    # An item without content is explained by the errors beside it.
    origin = Origin(errors=change.value["errors"]) if "errors" in change.value else LIVE
    return read_message(item, change.contacts, change.now, origin)


def _status(item: dict, change: Change) -> Event | None:
    return reports.read_call(item, change) if item.get("type") == "call" else read_status(item, change.now)


def _history(change: Change) -> list[Event]:
    events = []
    for chunk in objects(change.value.get("history")):
        events.append(phone.report_chunk(chunk, change))
        for sender, item in phone.imported(chunk):
            events.append(_read("history", item, change, partial(phone.read_imported, sender=sender)))
    if not events or "messages" in change.value or "message_echoes" in change.value:
        events += HISTORY_FILES(change)
    return events


UNREADABLE = "unreadable"
NUMBER_PLACES = {
    "messaging_handovers": "recipient",
    "account_settings_update": "phone_number_settings",
    "standby": "standby",
}
# Some apps receive the phone's echoes and the calls under `messages`, and a call's statuses under `calls`.
LIVE_LISTS = _lists(
    {
        "messages": _message,
        "statuses": _status,
        "message_echoes": phone.read_echo,
        "calls": reports.read_call,
        "user_actions": reports.read_action,
        "errors": reports.read_error,
    }
)
HISTORY_FILES = _lists(
    {"messages": phone.read_imported_file, "message_echoes": phone.read_imported_echo}, frozenset({"history"})
)
FIELDS: dict[str, Callable[[Change], list[Event]]] = {
    UNREADABLE: lambda change: [report(change, UNREADABLE, change.value)],
    "messages": LIVE_LISTS,
    "smb_message_echoes": LIVE_LISTS,
    "calls": LIVE_LISTS,
    "history": _history,
    "smb_app_state_sync": _lists({"state_sync": phone.read_card}),
    "user_preferences": _lists({"user_preferences": reports.read_preference}),
    "user_id_update": reports.read_user_ids,
    "standby": reports.read_standby,
}
