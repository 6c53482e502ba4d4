"""Everything that is not a message or its status: preferences, ids, calls, and the fields we only keep."""

from integrations.events import ChannelReport, Event, IdentityChanged, PreferenceChanged
from integrations.whatsapp.change import Change, report
from integrations.whatsapp.reading import ident, mapping, moment, text
from integrations.whatsapp.senders import is_known, person, sender_of

# Where a field's value says what happened, most telling first.
KIND_KEYS = (
    "event",
    "decision",
    "new_quality_score",
    "new_category",
    "alert_type",
    "status",
    "type",
    "category",
)
STANDBY_LISTS = {"messages": "message", "message_echoes": "message_echo", "statuses": "status"}


def report_value(change: Change) -> list[Event]:
    """The whole value kept as one report, or one per group it tells about."""
    groups = change.value.get("groups")
    if type(groups) is list and groups:
        return [
            report(change, _kind(mapping(group)), group, at=mapping(group).get("timestamp"))
            for group in groups
        ]
    return [report(change, _kind(change.value), change.value, at=change.value.get("timestamp"))]


def _kind(value: dict) -> str:
    told = value | mapping(value.get("alert_info"))
    return next((kind for key in KIND_KEYS if (kind := ident(told.get(key), 60))), "")


def read_preference(item: dict, change: Change) -> Event | None:
    """A wish about marketing messages; a word other than stop and resume is only kept."""
    # The item's own ids win; the contact beside it adds what is missing.
    renamed = {"from": item.get("wa_id"), "from_user_id": item.get("user_id")}
    sender = sender_of({**renamed, "from_parent_user_id": item.get("parent_user_id")}, change.contacts)
    value = text(item.get("value"), 60).lower()
    if value not in ("stop", "resume"):
        return report(change, value, item, at=item.get("timestamp")) if value else None
    if not is_known(sender):
        return None
    category = text(item.get("category"), 60) or "marketing_messages"
    return PreferenceChanged(sender, category, value, moment(item.get("timestamp"), change.now))


def read_user_ids(change: Change) -> list[Event]:
    """New user ids: the field's list, or the value itself where it holds only one."""
    items = list(change.items("user_id_update")) or [change.value]
    return [_new_user_id(mapping(item), change) or report(change, "unreadable", item) for item in items]


def _new_user_id(item: dict, change: Change) -> IdentityChanged | None:
    ids, parents = mapping(item.get("user_id")), mapping(item.get("parent_user_id"))
    old, new = ident(ids.get("previous"), 160), ident(ids.get("current"), 160)
    parent = ident(parents.get("current"), 160)
    if not old or not new:
        return None
    wa_id = person(item).wa_id
    return IdentityChanged("", moment(item.get("timestamp"), change.now), old, new, parent, old_wa_id=wa_id)


def read_call(item: dict, change: Change) -> ChannelReport:
    """A call's event (connect, terminate …) or its status (RINGING …)."""
    external_id = ident(item.get("id")) or ident(item.get("wacid"))
    kind = ident(item.get("event"), 60) or ident(item.get("status"), 60)
    key = ("call", external_id, kind, ident(item.get("status"), 60)) if external_id and kind else None
    return report(change, kind, item, at=item.get("timestamp"), key=key)


def read_standby(change: Change) -> list[Event]:
    """Copies of what another responder of the number sees. They stand one level deeper and are never live."""
    held = mapping(change.value.get("standby")) or change.value
    events = []
    for name, kind in STANDBY_LISTS.items():
        found = held.get(name)
        for item in found if type(found) is list else []:
            events.append(_standby(kind, item, change))
    return events or report_value(change)


def _standby(kind: str, item, change: Change) -> ChannelReport:
    entry = mapping(item)
    external_id = ident(entry.get("id"))
    # Apart from the real thing: the same message may come again under `messages`.
    key = ("standby", kind, external_id, ident(entry.get("status"))) if external_id else None
    return report(change, kind, item, at=entry.get("timestamp"), key=key)


def read_error(item: dict, change: Change) -> ChannelReport:
    """A problem of the number or the app, tied to no message; told apart by the messages it came with."""
    beside = [ident(mapping(message).get("id")) for message in change.items("messages")]
    key = (change.business_id, ident(change.time), ident(item.get("code")), *beside) if beside else None
    return report(change, ident(item.get("code"), 60), item, key=key)


def read_action(item: dict, change: Change) -> ChannelReport:
    """What somebody, unnamed, did with a marketing message."""
    return report(change, ident(item.get("action_type"), 60), item, at=item.get("timestamp"))
