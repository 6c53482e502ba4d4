"""Acting as a patient, as the clinic's own phone app, or as Meta itself."""

import time

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from simulator import chats, inbound, personas, statuses, webhooks
from simulator.graph.errors import async_error
from simulator.options import BadInput
from simulator.world import Media, Message, Number, Persona, World, new_wamid


def write(world: World, number: Number, persona: Persona, values: dict) -> JSONResponse:
    message = inbound.receive(world, number, persona, values)
    return JSONResponse({"wamid": message.wamid, "timestamp": message.timestamp}, 201)


def read(world: World, number: Number, persona: Persona, values: dict) -> dict:
    return {
        "read": statuses.read_by_patient(world, number.phone_number_id, persona.id, values.get("message_id"))
    }


def played(world: World, persona: Persona, values: dict) -> dict:
    message = sent_message(world, values.get("message_id"))
    if message.type != "audio":
        raise BadInput("Only voice messages are played.")
    statuses.report(world, message, "played")
    return {"status": message.status}


def sent_message(world: World, wamid: str | None) -> Message:
    message = world.messages.get(wamid or "")
    if message is None or message.inbound:
        raise HTTPException(404, "No message sent by the business has this id.")
    return message


def move_window(world: World, number: Number, persona: Persona, values: dict) -> dict:
    state = values.get("state")
    if state not in ("open", "closed"):
        raise BadInput("state is open or closed.")
    shift = 0 if state == "open" else chats.DAY_S + 60
    world.last_inbound[number.phone_number_id, persona.id] = int(time.time()) - shift
    world.tell("window", persona=persona.id, phone_number_id=number.phone_number_id, open=state == "open")
    return {"state": state}


def status(world: World, values: dict) -> dict:
    message = sent_message(world, values.get("wamid"))
    if not values.get("status"):
        raise BadInput("Which status?")
    error = async_error(int(values["error"])) if values.get("error") else None
    timestamp = int(values["timestamp"]) if values.get("timestamp") else None
    statuses.report(world, message, values["status"], error=error, timestamp=timestamp, force=True)
    return {"status": values["status"]}


def raw_webhook(world: World, values: dict) -> dict:
    """Any change, or a whole envelope, signed and delivered like the others."""
    number = world.numbers.get(str(values.get("phone_number_id")))
    waba_id = str(values.get("waba_id") or (number.waba_id if number else next(iter(world.apps), "")))
    app = world.apps.get(waba_id)
    if app is None:
        raise BadInput("Which app? Give phone_number_id or waba_id of a registered one.")
    if isinstance(values.get("raw"), dict):
        chaos = world.chaos_for(None)
        return {"delivery_id": webhooks.post_raw(world, app, app.callback_url, values["raw"], chaos)}
    field, value = values.get("field"), values.get("value")
    if not field or not isinstance(value, dict):
        raise BadInput("Give field and value, or raw.")
    if number and "metadata" not in value:
        value = {**inbound.envelope(number, {}), **value}
    entry_time = values.get("time", None if "metadata" in value else int(time.time()))
    change = {"value": value, "field": field}
    delivery_id = webhooks.emit(
        world, app, change, number=number, entry_id=values.get("entry_id"), entry_time=entry_time
    )
    return {"delivery_id": delivery_id}


def echo(world: World, number: Number, values: dict) -> JSONResponse:
    """A message the clinic's people sent from the app on their own phone (coexistence)."""
    persona = world.personas.get(values.get("persona", ""))
    kind = values.get("type", "text")
    content = inbound.content_of(world, number, persona, kind, values) if persona else None
    if persona is None:
        raise HTTPException(404, "No such persona.")
    timestamp = inbound.timestamp_of(values)
    message = Message(values.get("wamid") or new_wamid(), number.phone_number_id, persona.id, False, kind, content,
                      timestamp, status="delivered", echo=True)  # fmt: skip
    chats.append(world, message, silent=kind in ("edit", "revoke"))
    if kind in ("edit", "revoke"):
        inbound.amend(world, number, kind, content)
    entry = {"from": number.digits}
    if persona.wa_id:
        entry["to"] = persona.wa_id
    entry["to_user_id"] = personas.user_id(world.app_of(number), persona)
    entry.update(id=message.wamid, timestamp=str(timestamp), type=kind, **{kind: content})
    value = inbound.envelope(
        number, {"contacts": [personas.contact(world, number, persona)], "message_echoes": [entry]}
    )
    webhooks.emit(world, world.app_of(number), {"value": value, "field": "smb_message_echoes"}, number=number)
    return JSONResponse({"wamid": message.wamid, "timestamp": timestamp}, 201)


def describe_file(record: Media) -> dict:
    return {
        "id": record.id,
        "mime_type": record.mime_type,
        "sha256": record.sha256.hex(),
        "file_size": record.file_size,
    }
