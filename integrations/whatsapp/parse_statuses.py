"""One item of `statuses` to one event."""

from integrations.events import StatusChanged
from integrations.whatsapp.reading import errors, ident, mapping, moment, text


def read_status(item: dict, now: float) -> StatusChanged | None:
    """What became of one message; None when the item names no message or no status."""
    external_id, status = ident(item.get("id")), text(item.get("status"), 20).strip().lower()
    if not external_id or not status:
        return None
    is_group = item.get("recipient_type") == "group" or "recipient_participant_id" in item
    return StatusChanged(
        external_id,
        status,
        moment(item.get("timestamp"), now),
        _participant(item) if is_group else _recipient(item),
        text(item.get("biz_opaque_callback_data"), 512),
        errors(item["errors"]) if "errors" in item else [],
        _pricing(item),
        ident(item.get("recipient_id")) if is_group else "",
    )


def _recipient(item: dict) -> str:
    return ident(item.get("recipient_id"), 160) or ident(item.get("recipient_user_id"), 160)


def _participant(item: dict) -> str:
    # Meta's own samples disagree about the key.
    for key in ("recipient_participant_id", "participant_recipient_id", "recipient_participant_user_id"):
        if participant := ident(item.get(key), 160):
            return participant
    return ident(item.get("recipient_user_id"), 160)


def _pricing(item: dict) -> dict:
    """What the provider says about the price; its `pricing` may sit inside `conversation`."""
    conversation = mapping(item.get("conversation"))
    pricing = mapping(item.get("pricing") or conversation.get("pricing"))
    told = {
        "category": text(pricing.get("category"), 60),
        "type": text(pricing.get("type"), 60),
        "model": text(pricing.get("pricing_model"), 20),
        "origin": text(mapping(conversation.get("origin")).get("type"), 60),
    }
    return {key: value for key, value in told.items() if value}
