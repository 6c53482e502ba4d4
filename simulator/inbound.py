"""What a patient does on their phone, as the webhook the business gets."""

import base64
import json
import time

from simulator import media, personas, samples
from simulator.chats import append, find, show
from simulator.options import BadInput
from simulator.webhooks import emit
from simulator.world import Message, Number, Persona, World, new_wamid

MEDIA = {"image", "video", "audio", "document", "sticker"}
SILENT = {
    "reaction",
    "edit",
    "revoke",
    "system",
    "request_welcome",
}  # change the chat, but are no bubble of their own


def receive(world: World, number: Number, persona: Persona, wish: dict) -> Message:
    """Send what the patient did to the business, and put it into the chat. Raises BadInput."""
    kind = wish.get("type")
    if not isinstance(kind, str):
        raise BadInput("A message needs a type.")
    content = content_of(world, number, persona, kind, wish)
    message = Message(
        wish.get("wamid") or new_wamid(), number.phone_number_id, persona.id, True, kind, content,
        timestamp_of(wish), context_id=wish.get("reply_to"), forwarded=bool(wish.get("forwarded")),
        referral=referral_of(world, number, persona, wish),
    )  # fmt: skip
    webhook = webhook_message(world, number, persona, message, wish)
    note_window(world, number, persona, message)
    append(world, message, silent=kind in SILENT)
    value = envelope(number, {"messages": [webhook]})
    if kind != "system":  # system messages carry no contacts
        value = envelope(
            number, {"contacts": [personas.contact(world, number, persona)], "messages": [webhook]}
        )
    emit(world, world.app_of(number), {"value": value, "field": "messages"}, number=number,
         on_ack=lambda: reached(world, message))  # fmt: skip
    after(world, number, persona, message)
    return message


def envelope(number: Number, content: dict) -> dict:
    """The `value` every message-like change shares."""
    metadata = {"display_phone_number": number.digits, "phone_number_id": number.phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata, **content}


def timestamp_of(wish: dict) -> int:
    if wish.get("timestamp") is not None:
        return int(wish["timestamp"])
    return int(time.time() - float(wish.get("ago_seconds", 0)))


def webhook_message(world: World, number: Number, persona: Persona, message: Message, wish: dict) -> dict:
    """The entry of `messages`, in Meta's shape."""
    entry: dict = {}
    context = context_of(world, number, wish)
    if context:
        entry["context"] = context
    if message.referral:
        entry["referral"] = message.referral
    if persona.wa_id:
        entry["from"] = persona.wa_id
    entry["from_user_id"] = personas.user_id(world.app_of(number), persona)
    entry.update(id=message.wamid, timestamp=str(message.timestamp), type=message.type)
    if message.type not in ("request_welcome", "unknown"):
        entry[message.type] = message.content
    if message.type in ("unsupported", "unknown"):
        entry["errors"] = wish.get("errors") or [UNSUPPORTED]
    elif wish.get("errors"):
        entry["errors"] = wish["errors"]
    return {**entry, **wish.get("extra", {})}


UNSUPPORTED = {
    "code": 131051, "title": "Message type unknown", "message": "Message type unknown",
    "error_data": {"details": "Message type is currently not supported."},
}  # fmt: skip


def context_of(world: World, number: Number, wish: dict) -> dict | None:
    if wish.get("context"):
        return wish["context"]
    if wish.get("forwarded"):
        return {"frequently_forwarded" if wish["forwarded"] == "frequently" else "forwarded": True}
    if not wish.get("reply_to"):
        return None
    quoted = find(world, number.phone_number_id, wish["reply_to"])
    author = number.digits
    if quoted and quoted.inbound:
        author = world.personas[quoted.persona_id].wa_id
    return {"from": author, "id": wish["reply_to"]} if author else {"id": wish["reply_to"]}


def referral_of(world: World, number: Number, persona: Persona, wish: dict) -> dict | None:
    """What was asked for; or the ad, on the first message of a persona who came from one."""
    if isinstance(wish.get("referral"), dict):
        return wish["referral"]
    first = persona.from_ad and (number.phone_number_id, persona.id) not in world.last_inbound
    return samples.referral() if wish.get("referral") or (first and "referral" not in wish) else None


def note_window(world: World, number: Number, persona: Persona, message: Message) -> None:
    """Each sign of life opens the 24-hour window; an ad opens the 72-hour free entry point."""
    if message.type == "system":
        return
    key = (number.phone_number_id, persona.id)
    world.last_inbound[key] = max(message.timestamp, world.last_inbound.get(key, 0))
    if message.referral:
        world.entry_points[key] = message.timestamp


def reached(world: World, message: Message) -> None:
    """The business's server took the webhook: the patient sees two ticks."""
    if message.status == "sent":
        message.status = "delivered"
        show(world, message)


def content_of(world: World, number: Number, persona: Persona, kind: str, wish: dict):
    """The object under the message's type. Unknown types pass as they are."""
    given = wish.get(kind)
    if kind == "text":
        return {"body": given} if isinstance(given, str) else needed(given, kind)
    if kind in MEDIA:
        return media_content(world, number, kind, needed(given, kind))
    if kind == "interactive":
        return interactive_content(needed(given, kind))
    if kind == "order":
        return samples.order() if needed(given, kind).get("sample") else given
    if kind == "system":
        return system_content(world, number, persona, needed(given, kind))
    if kind == "reaction" and not needed(given, kind).get("message_id"):
        raise BadInput("A reaction needs message_id.")
    if kind in ("location", "button", "reaction", "contacts", "edit", "revoke"):
        return needed(given, kind)
    return given if given is not None else {}


def needed(given, kind: str):
    if not given:
        raise BadInput(f"A message of type {kind} needs the field {kind}.")
    return given


def media_content(world: World, number: Number, kind: str, given: dict) -> dict:
    """`{id, mime_type, sha256, url, …}` for a file on the phone: an uploaded one, or a sample made now."""
    if given.get("sample"):
        voice = kind == "audio" and given.get("voice", True)
        file = media.sample(world, number, "voice" if voice else kind)
    else:
        file = world.media.get(str(given.get("id")))
    if file is None:
        raise BadInput("Unknown media id; upload the file with POST media, or ask for a sample.")
    content = {key: given[key] for key in ("caption", "filename") if given.get(key)}
    content.update(mime_type=file.mime_type, sha256=base64.b64encode(file.sha256).decode(), id=file.id,
                   url=media.signed_url(world, file))  # fmt: skip
    if kind == "audio":
        content["voice"] = bool(given.get("voice", given.get("sample", False)))
    if kind == "sticker":
        content["animated"] = bool(given.get("animated", False))
    if kind == "document":
        content.setdefault("filename", "visit-summary.pdf" if given.get("sample") else "file")
    return content


def interactive_content(given: dict) -> dict:
    """Flow answers may give `response` as an object; on the wire it is JSON within JSON."""
    reply = given.get("nfm_reply")
    if not reply or "response" not in reply:
        return given
    rest = {key: value for key, value in reply.items() if key != "response"}
    wire = {"name": "flow", "body": "Sent", **rest, "response_json": json.dumps(reply["response"])}
    return {**given, "type": "nfm_reply", "nfm_reply": wire}


def system_content(world: World, number: Number, persona: Persona, given: dict) -> dict:
    if given.get("type") == "user_changed_number":
        new = personas.digits(given.get("wa_id"))
        body = given.get("body") or f"{persona.name} changed from {persona.wa_id} to {new}"
        return {"body": body, "wa_id": needed(new, "system.wa_id"), "type": "user_changed_number"}
    if given.get("type") == "user_changed_user_id":
        following = Persona(**{**vars(persona), "user_id_changes": persona.user_id_changes + 1})
        new = given.get("user_id") or personas.user_id(world.app_of(number), following)
        body = given.get("body") or f"{persona.name} has a new user id"
        known = {"wa_id": persona.wa_id} if persona.wa_id else {}
        return {"body": body, "user_id": new, **known, "type": "user_changed_user_id"}
    return given


def after(world: World, number: Number, persona: Persona, message: Message) -> None:
    """What the action changes besides: other messages of the chat, or who the patient is."""
    content = message.content
    if message.type == "reaction":
        react(world, number, content["message_id"], "patient", content.get("emoji"))
    elif message.type in ("edit", "revoke"):
        amend(world, number, message.type, content)
    elif message.type == "system" and content.get("type") == "user_changed_number":
        persona.phone = persona.wa_id = content["wa_id"]
        personas.index(world, persona)
        world.tell("personas")
    elif message.type == "system" and content.get("type") == "user_changed_user_id":
        announce_user_id(world, number, persona, content["user_id"])


def react(world: World, number: Number, wamid: str, who: str, emoji: str | None) -> None:
    target = find(world, number.phone_number_id, wamid)
    if target is None:
        return
    target.reactions.pop(who, None)
    if emoji:
        target.reactions[who] = emoji
    show(world, target)


def amend(world: World, number: Number, kind: str, content: dict) -> None:
    target = find(world, number.phone_number_id, content.get("original_message_id"))
    if target is None:
        return
    if kind == "revoke":
        target.revoked = True
    else:
        new = content.get("message", {})
        target.edited = True
        target.content = {**target.content, **new.get(new.get("type", target.type), {})}
    show(world, target)


def announce_user_id(world: World, number: Number, persona: Persona, current: str) -> None:
    """Meta tells a new user id twice: as a system message, and as this field."""
    app = world.app_of(number)
    previous = personas.user_id(app, persona)
    persona.user_id_changes += 1
    update = {"detail": "User id changed", "user_id": {"previous": previous, "current": current},
              "timestamp": int(time.time())}  # fmt: skip
    if persona.wa_id:
        update["wa_id"] = persona.wa_id
    value = envelope(number, {
        "contacts": [personas.contact(world, number, persona)], "user_id_update": [update]})  # fmt: skip
    emit(world, app, {"value": value, "field": "user_id_update"}, number=number)
    world.tell("personas")
