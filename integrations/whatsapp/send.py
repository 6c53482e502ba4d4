"""One message out: its JSON, the call, and what became of it. Sends are not idempotent, so nothing here retries."""

from integrations import http
from integrations.events import MEDIA_KINDS, ErrorClass, File, Kind, Outgoing, ProviderError, Receipt
from integrations.whatsapp.api import Credentials, exchange
from integrations.whatsapp.limits import check
from integrations.whatsapp.reading import ident, objects, text

HELD = {"held_for_quality_assessment", "paused"}


async def send(client: http.Client, credentials: Credentials, outgoing: Outgoing) -> Receipt:
    """Hand one message to WhatsApp. `client` comes from `http.open_client` and is shared by many sends.

    Raises Invalid when it breaks a limit (nothing was sent), or ProviderError: RETRY only when WhatsApp provably did
    not take it, UNCERTAIN when nobody can know.
    """
    check(outgoing)
    answer = await exchange(
        client, credentials, "POST", f"{credentials.number_id}/messages", json=build(outgoing)
    )
    message = next(iter(objects(answer.get("messages"))), {})
    contact = next(iter(objects(answer.get("contacts"))), {})
    if not (external_id := ident(message.get("id"))):
        raise ProviderError(ErrorClass.UNCERTAIN, "unreadable")
    return Receipt(
        external_id,
        ident(contact.get("wa_id"), 32),
        ident(contact.get("user_id"), 160),
        text(message.get("message_status")) in HELD,
    )


async def mark_read(
    client: http.Client, credentials: Credentials, message_id: str, *, typing: bool = False
) -> None:
    """Show the person two blue ticks up to this message, and if asked that somebody is typing (for 25 s)."""
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    if typing:
        body["typing_indicator"] = {"type": "text"}
    await exchange(client, credentials, "POST", f"{credentials.number_id}/messages", json=body)


def build(outgoing: Outgoing) -> dict:
    """The JSON of a message, as the send API takes it."""
    kind = outgoing.kind
    if kind in MEDIA_KINDS:
        type_, part = _build_media(outgoing)
    else:
        type_, part = BUILDERS[kind](outgoing.text, outgoing.content)
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(outgoing),
        "type": type_,
        type_: part,
    }
    if outgoing.reply_to and kind is not Kind.REACTION:  # a reaction already names its message
        body["context"] = {"message_id": outgoing.reply_to}
    if outgoing.attempt_id:
        body["biz_opaque_callback_data"] = outgoing.attempt_id
    return body


def _address(outgoing: Outgoing) -> dict:
    """The number as it is known, never a variant; without `+` Meta may put our own country code before it."""
    if outgoing.to_wa_id:
        return {"to": f"+{outgoing.to_wa_id.removeprefix('+')}"}
    return {"recipient": outgoing.to_user_id}


def _build_media(outgoing: Outgoing) -> tuple[str, dict]:
    file: File = outgoing.file
    part = {"id": file.external_id} if file.external_id else {"link": file.link}
    if outgoing.text:
        part["caption"] = outgoing.text
    if outgoing.kind is Kind.DOCUMENT and file.filename:
        part["filename"] = file.filename
    if outgoing.kind is Kind.VOICE:
        return "audio", {**part, "voice": True}
    return outgoing.kind.value, part


def _build_text(body: str, content: dict) -> tuple[str, dict]:
    has_link = "https://" in body or "http://" in body
    return "text", {"body": body, "preview_url": has_link}


def _build_location(body: str, content: dict) -> tuple[str, dict]:
    part = {"latitude": content["latitude"], "longitude": content["longitude"]}
    return "location", part | {key: content[key] for key in ("name", "address") if content.get(key)}


def _build_contacts(body: str, content: dict) -> tuple[str, list]:
    return "contacts", [_build_card(card) for card in content["cards"]]


def _build_card(card: dict) -> dict:
    first, _, last = card["name"].partition(" ")
    name = {
        "formatted_name": card["name"],
        "first_name": first,
    }  # one part besides the whole name is demanded
    part = {"name": name | ({"last_name": last} if last else {})}
    if card.get("phones"):
        part["phones"] = [{"phone": phone, "type": "CELL"} for phone in card["phones"]]
    if card.get("emails"):
        part["emails"] = [{"email": email, "type": "WORK"} for email in card["emails"]]
    if card.get("company"):
        part["org"] = {"company": card["company"]}
    return part


def _build_reaction(body: str, content: dict) -> tuple[str, dict]:
    return "reaction", {"message_id": content["target"], "emoji": content.get("emoji", "")}


def _build_template(body: str, content: dict) -> tuple[str, dict]:
    part = {"name": content["name"], "language": {"code": content["language"], "policy": "deterministic"}}
    if content.get("components"):
        part["components"] = content["components"]
    return "template", part


def _build_buttons(body: str, content: dict) -> tuple[str, dict]:
    buttons = [
        {"type": "reply", "reply": {"id": button["id"], "title": button["title"]}}
        for button in content["buttons"]
    ]
    return _interactive("button", body, content, {"buttons": buttons})


def _build_list(body: str, content: dict) -> tuple[str, dict]:
    sections = [_build_section(section) for section in content["sections"]]
    return _interactive("list", body, content, {"button": content["button"], "sections": sections})


def _build_section(section: dict) -> dict:
    rows = [
        {key: row[key] for key in ("id", "title", "description") if row.get(key)} for row in section["rows"]
    ]
    return {"rows": rows} | ({"title": section["title"]} if section.get("title") else {})


def _build_link(body: str, content: dict) -> tuple[str, dict]:
    parameters = {"display_text": content["label"], "url": content["url"]}
    return _interactive("cta_url", body, content, {"name": "cta_url", "parameters": parameters})


def _build_flow(body: str, content: dict) -> tuple[str, dict]:
    action = content.get("action") or "navigate"
    parameters = {
        "flow_message_version": "3",
        "flow_cta": content["label"],
        "flow_action": action,
        "mode": content.get("mode") or "published",
    }
    parameters |= {key: content[key] for key in ("flow_id", "flow_name") if content.get(key)}
    if content.get("token"):
        parameters["flow_token"] = content["token"]
    if action == "navigate" and content.get("screen"):
        data = {"data": content["data"]} if content.get("data") else {}
        parameters["flow_action_payload"] = {"screen": content["screen"], **data}
    return _interactive("flow", body, content, {"name": "flow", "parameters": parameters})


def _build_location_request(body: str, content: dict) -> tuple[str, dict]:
    return _interactive("location_request_message", body, {}, {"name": "send_location"})


def _interactive(type_: str, body: str, content: dict, action: dict) -> tuple[str, dict]:
    part = {"type": type_, "body": {"text": body}, "action": action}
    if content.get("header"):
        part["header"] = {"type": "text", "text": content["header"]}
    if content.get("footer"):
        part["footer"] = {"text": content["footer"]}
    return "interactive", part


BUILDERS = {
    Kind.TEXT: _build_text,
    Kind.LOCATION: _build_location,
    Kind.CONTACTS: _build_contacts,
    Kind.REACTION: _build_reaction,
    Kind.TEMPLATE: _build_template,
    Kind.BUTTONS: _build_buttons,
    Kind.LIST: _build_list,
    Kind.CTA_URL: _build_link,
    Kind.FLOW: _build_flow,
    Kind.LOCATION_REQUEST: _build_location_request,
}
