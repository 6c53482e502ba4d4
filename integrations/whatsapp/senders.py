"""Who wrote: a message names its sender in pieces, the `contacts` beside it hold the rest."""

from integrations.events import Sender
from integrations.whatsapp.numbers import is_user_id, matching_key
from integrations.whatsapp.reading import ident, mapping, text


def _address(value) -> tuple[str, str]:
    """(wa_id, user_id) of an address: some senders put the user id where the number belongs."""
    value = ident(value, 160)
    if value[2:3] == "." and is_user_id(value):
        return "", value
    value = value.removeprefix("+")
    return (value, "") if len(value) <= 32 else ("", "")


def sender_of(item: dict, contacts: list[dict], prefix: str = "from") -> Sender:
    """The person of a message's `from…` (or `to…`) keys, completed by the contact that is provably the same."""
    wa_id, user_id = _address(item.get(prefix))
    user_id = ident(item.get(f"{prefix}_user_id"), 160) or user_id
    parent_user_id = ident(item.get(f"{prefix}_parent_user_id"), 160)
    for contact in contacts:
        contact_wa_id, contact_user_id = _address(contact.get("wa_id"))
        contact_user_id = ident(contact.get("user_id"), 160) or contact_user_id
        if not _is_same(wa_id, user_id, contact_wa_id, contact_user_id, is_only=len(contacts) == 1):
            continue
        profile = mapping(contact.get("profile"))
        return Sender(
            user_id or contact_user_id,
            parent_user_id or ident(contact.get("parent_user_id"), 160),
            wa_id or contact_wa_id,
            _username(profile.get("username")),
            text(profile.get("name"), 200),
        )
    return Sender(user_id, parent_user_id, wa_id)


def _is_same(wa_id: str, user_id: str, contact_wa_id: str, contact_user_id: str, *, is_only: bool) -> bool:
    """A contact belongs to a message when an id agrees, or when it is the only one and the message names nobody.

    A stranger's name on a message would have staff answer the wrong patient, so no guessing.
    """
    if user_id and contact_user_id:
        return user_id == contact_user_id
    if wa_id and contact_wa_id:
        return wa_id == contact_wa_id or matching_key(wa_id) == matching_key(contact_wa_id)
    return is_only and not wa_id and not user_id


def person(entry: dict) -> Sender:
    """The person of an object that holds the ids itself (`wa_id`, `user_id`, `username`)."""
    wa_id, user_id = _address(entry.get("wa_id"))
    return Sender(
        ident(entry.get("user_id"), 160) or user_id,
        ident(entry.get("parent_user_id"), 160),
        wa_id,
        _username(entry.get("username")),
    )


def is_known(sender: Sender) -> bool:
    """The sender has an address at all."""
    return bool(sender.user_id or sender.wa_id)


def _username(value) -> str:
    return text(value, 65).removeprefix("@")[:64]
