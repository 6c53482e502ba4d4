"""What each message type must and may hold. Every check raises GraphError as the Cloud API would."""

from collections.abc import Callable

from simulator import media
from simulator.graph.errors import GraphError
from simulator.graph.interactive import check_interactive
from simulator.world import App, World

KIND_OF = {
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "video": ("video/mp4", "video/3gpp"),
}


def required(body: dict, key: str, where: str = "") -> object:
    """The value under `key`, or 131008."""
    value = body.get(key)
    if value is None or value == "":
        raise GraphError(131008, f"Required parameter '{f'{where}.' if where else ''}{key}' is missing.")
    return value


def an_object(body: dict, key: str) -> dict:
    value = required(body, key)
    if not isinstance(value, dict):
        raise GraphError(
            100, f"Param {key} must be a JSON object.", message=f"(#100) Param {key} must be a JSON object."
        )
    return value


def at_most(text: object, limit: int, param: str) -> None:
    if not isinstance(text, str) or len(text) > limit:
        words = f"Param {param} must be at most {limit} characters long."
        raise GraphError(100, words, message=f"(#100) {words}")


def check_envelope(body: dict) -> None:
    """What every send shares."""
    if body.get("messaging_product") != "whatsapp":
        words = "The parameter messaging_product is required."
        raise GraphError(100, words, message=f"(#100) {words}")
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(100, "recipient_type must be individual: this number may not write to groups.")
    if not body.get("to") and not body.get("recipient"):
        words = "The parameter to is required."
        raise GraphError(100, words, message=f"(#100) {words}")
    if "biz_opaque_callback_data" in body:
        at_most(body["biz_opaque_callback_data"], 512, "biz_opaque_callback_data")
    context = body.get("context")
    if context is not None and not (isinstance(context, dict) and context.get("message_id")):
        raise GraphError(131009, "context.message_id must be the id of a message.")


def check_content(world: World, app: App, body: dict) -> None:
    """The part named by `type`. Templates are checked elsewhere."""
    kind = body.get("type", "text")
    check = CHECKS.get(kind)
    if check is None:
        raise GraphError(
            131051, f"Message type {kind} is not supported.", message="(#131051) Unsupported message type"
        )
    if kind == "contacts":
        return check_contacts(required(body, "contacts"))
    check(world, app, an_object(body, kind))


def check_text(world: World, app: App, text: dict) -> None:
    at_most(required(text, "body", "text"), 4096, "text['body']")
    if not isinstance(text.get("preview_url", False), bool):
        raise GraphError(100, "Param text['preview_url'] must be a boolean.")


def media_check(kind: str, *, caption: bool = False) -> Callable:
    def check(world: World, app: App, content: dict) -> None:
        check_media(world, app, kind, content)
        if "caption" in content:
            if not caption:
                words = f'Unexpected key "caption" on param "{kind}".'
                raise GraphError(100, words, message=f"(#100) {words}")
            at_most(content["caption"], 1024, f"{kind}['caption']")

    return check


def check_media(world: World, app: App, kind: str, content: dict) -> None:
    """Exactly one of `id` and `link`; the id must be a living upload of this WABA."""
    if bool(content.get("id")) == bool(content.get("link")):
        raise GraphError(100, f"Exactly one of {kind}.id and {kind}.link is required.")
    if content.get("link"):
        if not str(content["link"]).startswith(("https://", "http://")):
            raise GraphError(100, f"Param {kind}['link'] is not a valid URL.")
        return
    record = media.living(world, str(content["id"]))
    owner = world.numbers.get(record.owner) if record and record.owner else None
    if record is None or (owner and owner.waba_id != app.waba_id):
        raise GraphError(131009, f"Media ID {content['id']} is unknown or expired.")


def media_failure(world: World, body: dict) -> dict | None:
    """What Meta notices only later: the file is of the wrong kind for the message. 131053, or None."""
    kind, content = body.get("type"), body.get(body.get("type"))
    record = world.media.get(str(content.get("id"))) if isinstance(content, dict) else None
    if record is None:
        return None
    mime_type = media.base_type(record.mime_type)
    allowed = KIND_OF.get(kind, (mime_type,))
    if mime_type not in allowed or (kind == "audio" and not mime_type.startswith("audio/")):
        return {"code": 131053, "details": f"Unsupported {kind} mime type {mime_type}."}
    return None


def check_location(world: World, app: App, location: dict) -> None:
    for key, limit in (("latitude", 90), ("longitude", 180)):
        value = required(location, key, "location")
        try:
            inside = abs(float(value)) <= limit
        except (TypeError, ValueError):
            inside = False
        if not inside:
            raise GraphError(131009, f"location.{key} must be a number from -{limit} to {limit}.")


def check_contacts(contacts: object) -> None:
    if not isinstance(contacts, list) or not 1 <= len(contacts) <= 257:
        raise GraphError(131009, "contacts must be a list of 1 to 257 entries.")
    for contact in contacts:
        name = contact.get("name") or {}
        required(name, "formatted_name", "contacts.name")
        if not any(name.get(part) for part in ("first_name", "last_name", "middle_name", "suffix", "prefix")):
            raise GraphError(131009, "contacts.name needs one more part beside formatted_name.")


def check_reaction(world: World, app: App, reaction: dict) -> None:
    required(reaction, "message_id", "reaction")
    if not isinstance(reaction.get("emoji"), str):
        raise GraphError(131008, "Required parameter 'reaction.emoji' is missing; it may be empty.")


def check_template(world: World, app: App, template: dict) -> None:
    required(template, "name", "template")
    language = required(template, "language", "template")
    required(language if isinstance(language, dict) else {}, "code", "template.language")


def interactive_check(world: World, app: App, content: dict) -> None:
    header = content.get("header") or {}
    if isinstance(header, dict) and header.get("type") in ("image", "video", "document"):
        check_media(world, app, header["type"], header.get(header["type"]) or {})
    check_interactive(content)


CHECKS = {
    "text": check_text,
    "image": media_check("image", caption=True),
    "video": media_check("video", caption=True),
    "document": media_check("document", caption=True),
    "audio": media_check("audio"),
    "sticker": media_check("sticker"),
    "location": check_location,
    "contacts": check_contacts,
    "reaction": check_reaction,
    "interactive": interactive_check,
    "template": check_template,
}
