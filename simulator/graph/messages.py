"""POST /{phone_number_id}/messages: check, accept, and send the message on its way."""

import asyncio
import re
import time

from simulator import chats, personas, statuses
from simulator.graph.errors import GraphError
from simulator.graph.limits import check_content, check_envelope, media_failure
from simulator.graph.rates import check_rates
from simulator.graph.rendering import find_template, render
from simulator.inbound import react
from simulator.world import App, Message, Number, Persona, World, new_wamid

TYPING_S = 25


def send(world: World, app: App, number: Number, body: dict) -> tuple[dict, dict | None]:
    """Accept a message. Returns `(Meta's answer, its entry in the accepted log)`. Raises GraphError."""
    if not number.registered:
        raise GraphError(133010)
    if body.get("status") == "read":
        return mark_read(world, number, body), None
    check_envelope(body)
    check_content(world, app, body)
    persona, address = recipient(world, app, number, body)
    rendered, category = None, "service"
    if body.get("type") == "template":
        template = find_template(world, app, body["template"])
        rendered = render(world, app, template, body["template"].get("components") or [])
        category = template.category.lower()
    elif not chats.window_open(world, number, persona.id if persona else None):
        raise GraphError(131047)
    check_rates(world, number, address["key"])
    message = keep(world, number, persona, body, address, rendered, category)
    entry = log(world, number, message, body)
    answer = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": address["input"], **address["contact"]}],
        "messages": [{"id": message.wamid}],
    }
    if rendered:
        answer["messages"][0]["message_status"] = "accepted"
    return answer, entry


def recipient(world: World, app: App, number: Number, body: dict) -> tuple[Persona | None, dict]:
    """Who is meant, and how statuses will name them. `to` wins over `recipient`."""
    if body.get("to"):
        return by_phone(world, app, number, str(body["to"]))
    value = str(body["recipient"])
    if not re.fullmatch(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}", value):
        raise GraphError(131009, "recipient must be a business-scoped user id.")
    persona = personas.find_by_user_id(world, app, value)
    known = {"user_id": value}
    return persona, {"input": value, "contact": known, "status": {"recipient_user_id": value}, "key": value}


def by_phone(world: World, app: App, number: Number, to: str) -> tuple[Persona | None, dict]:
    dialled = re.sub(r"[\s()\-.+]", "", to)
    if not re.fullmatch(r"\d{5,20}", dialled):
        raise GraphError(131009, "to must be a phone number with its country code.")
    if dialled == number.digits:
        raise GraphError(131021)
    persona = personas.find_by_number(world, dialled)
    known = {"wa_id": persona.wa_id if persona else dialled}
    status = {"recipient_id": known["wa_id"]}
    if persona:
        known["user_id"] = personas.user_id(app, persona)
        status["recipient_user_id"] = known["user_id"]
    return persona, {"input": to, "contact": known, "status": status, "key": known["wa_id"]}


def keep(world: World, number: Number, persona: Persona | None, body: dict, address: dict,
         rendered: dict | None, category: str) -> Message:  # fmt: skip
    """Remember what was accepted and start its statuses."""
    kind = body.get("type", "text")
    message = Message(
        new_wamid(), number.phone_number_id, persona.id if persona else None, False, kind, body.get(kind),
        int(time.time()), status="accepted", recipient=address["status"], category=category,
        attempt=body.get("biz_opaque_callback_data"), context_id=(body.get("context") or {}).get("message_id"),
        rendered=rendered, visible=False,
    )  # fmt: skip
    if kind == "reaction":
        world.messages[message.wamid] = message
        react(world, number, message.content["message_id"], "business", message.content["emoji"])
    else:
        chats.append(world, message)
    if world.options.statuses or persona:
        statuses.follow(world, message, failure(world, number, persona, body))
    return message


def failure(world: World, number: Number, persona: Persona | None, body: dict) -> dict | None:
    """Why a message, though accepted, will fail: `{code, details?, after_sent?}` or None."""
    if persona is None and (world.options.strict_recipients or not body.get("to")):
        return {"code": 131026}
    wish = world.chaos_for(number.phone_number_id).fail_status
    if wish and world.chance(wish.get("p", 1)):
        return {name: wish[name] for name in ("code", "details", "after_sent") if name in wish}
    if body.get("type") == "reaction":
        target = chats.find(world, number.phone_number_id, body["reaction"]["message_id"])
        return (
            None
            if target and target.type != "reaction"
            else {"code": 131009, "details": "Reaction target unknown."}
        )
    return media_failure(world, body)


def log(world: World, number: Number, message: Message, body: dict) -> dict:
    entry = world.accepted.add(
        wamid=message.wamid, attempt=message.attempt, phone_number_id=number.phone_number_id, to=body.get("to"),
        recipient=body.get("recipient"), type=message.type, payload=body, answered="200",
    )  # fmt: skip
    if world.listeners:
        world.tell("log", log="accepted", type=message.type, to=body.get("to") or body.get("recipient"))
    return entry


def mark_read(world: World, number: Number, body: dict) -> dict:
    """The business saw the chat up to that message: blue ticks on the phone, and perhaps 'typing'."""
    message = chats.find(world, number.phone_number_id, body.get("message_id"))
    if message is None or not message.inbound:
        raise GraphError(131009, "message_id is not the id of a received message.")
    for earlier in chats.chat(world, number.phone_number_id, message.persona_id):
        if earlier.inbound and earlier.status != "read" and earlier.timestamp <= message.timestamp:
            earlier.status = "read"
            chats.show(world, earlier)
    if body.get("typing_indicator"):
        world.tell(
            "typing", persona=message.persona_id, phone_number_id=number.phone_number_id, seconds=TYPING_S
        )
    return {"success": True}


async def pause(world: World, milliseconds: int) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
