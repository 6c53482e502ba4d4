"""What each kind of message holds: (kind, text, content, media) from the object named after its type."""

from datetime import UTC, datetime

import orjson

from integrations.events import Kind, Media, Unreadable
from integrations.whatsapp.reading import clean, hex_digest, ident, load, mapping, number, objects, text

LONGEST_TEXT = 65_536  # letters; WhatsApp's own limit is 4,096
LONGEST_SUMMARY = 300  # letters of a form's answers shown in the thread's list


class Odd(Exception):
    """The object is not what its type says; the message is kept as unknown."""


def read_content(item: dict) -> tuple[Kind, str, dict, Media | None]:
    """The content of a message, whoever sent it. Raises Odd."""
    type_ = item.get("type")
    read = READERS.get(type_) if type(type_) is str else None
    if read is None:
        raise Odd("type")
    return read(item.get(type_))


def _text(part):
    body = part.get("body") if type(part) is dict else None
    if type(body) is not str:
        raise Odd("text")
    return Kind.TEXT, body[:LONGEST_TEXT], {}, None


def _file(kind: Kind):
    def read(part):
        part = mapping(part)
        external_id = ident(part.get("id"), 200)
        if not external_id:
            raise Odd("media id")
        media = Media(
            external_id,
            text(part.get("mime_type"), 120),
            hex_digest(part.get("sha256")),
            text(part.get("filename"), 240),
        )
        is_voice = kind is Kind.AUDIO and part.get("voice") is True
        content = {"is_animated": True} if part.get("animated") is True else {}
        return Kind.VOICE if is_voice else kind, text(part.get("caption"), LONGEST_TEXT), content, media

    return read


def _location(part):
    part = mapping(part)
    latitude, longitude = number(part.get("latitude")), number(part.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise Odd("coordinates")
    name, address = text(part.get("name"), 1000), text(part.get("address"), 1000)
    content = {"latitude": latitude, "longitude": longitude, "name": name, "address": address}
    return Kind.LOCATION, name or address, content, None


def _contacts(part):
    cards = [_card(card) for card in objects(part)[:300]]
    if not cards:
        raise Odd("contacts")
    names = ", ".join(card["name"] or next(iter(card["phones"]), "") for card in cards)
    return Kind.CONTACTS, names, {"cards": cards}, None


def _card(card: dict) -> dict:
    name = mapping(card.get("name"))
    parts = (text(name.get("first_name"), 200), text(name.get("last_name"), 200))
    phones = (
        text(phone.get("phone"), 60) or ident(phone.get("wa_id"), 60) for phone in objects(card.get("phones"))
    )
    emails = (text(email.get("email"), 200) for email in objects(card.get("emails")))
    return {
        "name": text(name.get("formatted_name"), 200) or " ".join(filter(None, parts)),
        "phones": [phone for phone in phones if phone][:50],
        "emails": [email for email in emails if email][:50],
        "company": text(mapping(card.get("org")).get("company"), 200),
        "is_requested": card.get("origin") == "contact_request",
    }


def _button(part):
    part = mapping(part)
    label, payload = text(part.get("text"), 1000), text(part.get("payload"), 1000)
    if not label and not payload:
        raise Odd("button")
    return Kind.BUTTON, label or payload, {"payload": payload}, None


def _interactive(part):
    part = mapping(part)
    type_ = part.get("type")
    read = REPLY_READERS.get(type_) if type(type_) is str else None
    reply = part.get(type_) if read else None
    if type(reply) is not dict:
        raise Odd("interactive")
    return read(reply)


def _button_reply(reply):
    return Kind.BUTTON_REPLY, text(reply.get("title"), 1000), {"id": text(reply.get("id"), 1000)}, None


def _list_reply(reply):
    content = {"id": text(reply.get("id"), 1000), "description": text(reply.get("description"), 1000)}
    return Kind.LIST_REPLY, text(reply.get("title"), 1000), content, None


def _flow_reply(reply):
    answers = reply.get("response_json")
    if type(answers) is str:  # JSON inside JSON, and not always an object
        try:
            answers = load(answers)
        except Unreadable:
            pass
    answers = clean(answers)
    is_form = type(answers) is dict
    content = {"name": text(reply.get("name"), 200), "fields": answers if is_form else {"value": answers}}
    summary = _summary(answers) if is_form else ""
    return Kind.FLOW_REPLY, summary or text(reply.get("body"), 1000), content, None


def _summary(fields: dict) -> str:
    told = (
        f"{name}: {value if type(value) is str else orjson.dumps(value).decode()}"
        for name, value in fields.items()
        if name != "flow_token" and value not in (None, "")
    )
    return " · ".join(told)[:LONGEST_SUMMARY]


def _call_permission_reply(reply):
    response = text(reply.get("response"), 40)
    expires = number(reply.get("expiration_timestamp"))
    content = {
        "response": response,
        "is_permanent": reply.get("is_permanent") is True,
        "expires_at": datetime.fromtimestamp(expires, UTC).isoformat()
        if expires and 0 < expires < 1e11
        else "",
    }
    return Kind.CALL_PERMISSION_REPLY, response, content, None


def _order(part):
    part = mapping(part)
    items = [
        {
            "id": ident(item.get("product_retailer_id")),
            "quantity": number(item.get("quantity")),
            "price": number(item.get("item_price")),
            "currency": text(item.get("currency"), 10),
        }
        for item in objects(part.get("product_items"))[:1000]
    ]
    if not items:
        raise Odd("order")
    return (
        Kind.ORDER,
        text(part.get("text"), LONGEST_TEXT),
        {"catalog_id": ident(part.get("catalog_id")), "items": items},
        None,
    )


def _placeholder(part):
    return Kind.PLACEHOLDER, "", {}, None


def _welcome(part):
    return Kind.WELCOME, "", {}, None


REPLY_READERS = {
    "button_reply": _button_reply,
    "list_reply": _list_reply,
    "nfm_reply": _flow_reply,
    "call_permission_reply": _call_permission_reply,
}

READERS = {
    "text": _text,
    "image": _file(Kind.IMAGE),
    "video": _file(Kind.VIDEO),
    "audio": _file(Kind.AUDIO),
    "voice": _file(Kind.VOICE),
    "document": _file(Kind.DOCUMENT),
    "sticker": _file(Kind.STICKER),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "media_placeholder": _placeholder,
    "request_welcome": _welcome,
}
