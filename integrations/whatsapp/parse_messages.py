"""One item of `messages` (or of the echoes and imported threads) to one event."""

from dataclasses import dataclass

from integrations.events import (
    IdentityChanged,
    Kind,
    MessageAmended,
    MessageReceived,
    ReactionChanged,
    Sender,
)
from integrations.whatsapp.contents import LONGEST_TEXT, Odd, read_content
from integrations.whatsapp.reading import clean, errors, ident, mapping, moment, text
from integrations.whatsapp.senders import is_known, sender_of

REFERRAL_KEYS = (
    "source_url",
    "source_id",
    "source_type",
    "headline",
    "body",
    "media_type",
    "image_url",
    "video_url",
    "thumbnail_url",
    "ctwa_clid",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an item stood: live, sent from the phone, or imported; and the value's own errors."""

    is_echo: bool = False
    is_history: bool = False
    errors: list | None = None


LIVE = Origin()


class Nameless(Exception):
    """The item has no id or nobody it is from: no message can be made of it."""


def read_message(
    item: dict, contacts: list[dict], now: float, origin: Origin = LIVE, sender: Sender | None = None
):
    """The event of one message. `sender` is the thread's person where the item does not say. Raises Nameless."""
    external_id = ident(item.get("id"))
    if sender is None:
        sender = sender_of(item, contacts, "to" if origin.is_echo else "from")
    if not external_id or not is_known(sender):
        raise Nameless
    special = SPECIAL.get(item["type"]) if type(item.get("type")) is str else None
    if special is not None:
        event = special(item, external_id, sender, moment(item.get("timestamp"), now), origin)
        if event is not None:
            return event
    return _message(item, external_id, sender, now, origin)


def _message(item: dict, external_id: str, sender: Sender, now: float, origin: Origin) -> MessageReceived:
    told = errors(item["errors"]) if "errors" in item else []
    try:
        kind, body, content, media = read_content(item)
    except Odd:
        kind, body, content, media = _unread(item, told or errors(origin.errors))
    context = item.get("context")
    reply_to, is_forwarded = "", False
    if type(context) is dict:
        reply_to = ident(context.get("id"))
        is_forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
        if product := mapping(context.get("referred_product")):
            content["product"] = {
                "catalog_id": ident(product.get("catalog_id")),
                "id": ident(product.get("product_retailer_id")),
            }
    return MessageReceived(
        external_id,
        sender,
        moment(item.get("timestamp"), now),
        kind,
        body,
        content,
        media,
        reply_to,
        is_forwarded,
        _referral(item["referral"]) if "referral" in item else {},
        ident(item.get("group_id")) if "group_id" in item else "",
        origin.is_echo,
        origin.is_history,
        text(mapping(item.get("history_context")).get("status"), 20).lower() if origin.is_history else "",
        told,
    )


def _unread(item: dict, told: list[dict]):
    """A message of a kind we cannot show: why, what it was, and (when the type is ours) the item as it came."""
    type_ = text(item.get("type"), 40)
    reason = next((error["details"] or error["title"] for error in told), "")
    if type_ == "unsupported":
        original = text(mapping(item.get("unsupported")).get("type"), 40)
        return Kind.UNSUPPORTED, "", {"reason": reason, "original": original}, None
    caption = text(mapping(item.get(type_)).get("caption"), LONGEST_TEXT)
    return Kind.UNKNOWN, caption, {"reason": reason, "original": type_, "raw": clean(item)}, None


def _referral(value) -> dict:
    value = mapping(value)
    referral = {key: text(value.get(key), 2000) for key in REFERRAL_KEYS if value.get(key)}
    if welcome := text(mapping(value.get("welcome_message")).get("text"), 2000):
        referral["welcome"] = welcome
    return referral


def _reaction(item, external_id, sender, sent_at, origin):
    part = mapping(item.get("reaction"))
    target = ident(part.get("message_id"))
    if not target:
        return None
    emoji = text(part.get("emoji"), 40)  # missing or empty: taken back
    return ReactionChanged(external_id, sender, target, emoji, sent_at, origin.is_echo, origin.is_history)


def _edit(item, external_id, sender, sent_at, origin):
    part = mapping(item.get("edit"))
    target, message = ident(part.get("original_message_id")), mapping(part.get("message"))
    if not target:
        return None
    new = mapping(message.get(text(message.get("type"))))
    body = text(new.get("body"), LONGEST_TEXT) or text(new.get("caption"), LONGEST_TEXT)
    return MessageAmended(external_id, sender, target, "edit", sent_at, body, origin.is_echo)


def _revoke(item, external_id, sender, sent_at, origin):
    target = ident(mapping(item.get("revoke")).get("original_message_id"))
    if not target:
        return None
    return MessageAmended(external_id, sender, target, "revoke", sent_at, "", origin.is_echo)


def _system(item, external_id, sender, sent_at, origin):
    """A number or id that moved; anything else the system says is shown in the thread."""
    part = mapping(item.get("system"))
    type_ = text(part.get("type"), 40)
    new_wa_id = ident(part.get("wa_id") or part.get("new_wa_id"), 32).removeprefix("+")
    new_user_id = ident(part.get("user_id"), 160)
    change = SYSTEM_CHANGES.get(type_, "other")
    if change in ("number", "user_id") and (new_wa_id or new_user_id):
        return IdentityChanged(
            external_id,
            sent_at,
            sender.user_id,
            new_user_id if new_user_id != sender.user_id else "",
            ident(part.get("parent_user_id"), 160),
            sender.wa_id,
            new_wa_id if new_wa_id != sender.wa_id else "",
        )
    content = {"change": change, "old": "", "new": ""}
    return MessageReceived(external_id, sender, sent_at, Kind.SYSTEM, text(part.get("body"), 1000), content)


SYSTEM_CHANGES = {
    "user_changed_number": "number",
    "customer_changed_number": "number",
    "user_changed_user_id": "user_id",
    "customer_identity_changed": "identity",
}
SPECIAL = {"reaction": _reaction, "edit": _edit, "revoke": _revoke, "system": _system}
