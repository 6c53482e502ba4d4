"""What becomes of a message the business sent: sent, delivered, read, played or failed."""

import asyncio
import time

from simulator import chats, personas
from simulator.graph.errors import async_error
from simulator.inbound import envelope
from simulator.webhooks import emit
from simulator.world import Message, World

RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4, "failed": 5}


def follow(world: World, message: Message, failure: dict | None) -> None:
    """Start the message on its way to the phone.

    `failure` is `{code, details?, after_sent?}` when it will not get there.
    """
    world.spawn(travel(world, message, failure, world.generation))


async def travel(world: World, message: Message, failure: dict | None, generation: int) -> None:
    options, persona = world.options, world.personas.get(message.persona_id)
    chaos = world.chaos_for(message.phone_number_id)
    late_ms = chaos.late_status_ms if world.chance(chaos.late_status) else 0
    await asyncio.sleep((options.sent_ms + late_ms) / 1000)
    if world.generation != generation:
        return
    if failure is None or failure.get("after_sent"):
        report(world, message, "sent")
    if failure:
        error = async_error(failure["code"], failure.get("details", ""))
        return report(world, message, "failed", error=error)
    await asyncio.sleep(max(0, options.delivered_ms - options.sent_ms) / 1000)
    if world.generation != generation or (persona and not persona.reachable):
        return
    arrive(world, message)
    if message.type == "reaction":  # reactions get no further status
        return
    report(world, message, "delivered")
    if options.auto_read or (persona and persona.auto_read):
        await asyncio.sleep(options.read_ms / 1000)
        if world.generation == generation:
            report(world, message, "read")


def arrive(world: World, message: Message) -> None:
    message.visible = True
    chats.show(world, message)


def report(world: World, message: Message, status: str, *, error: dict | None = None, timestamp: int | None = None,
           force: bool = False) -> None:  # fmt: skip
    """Send one status webhook, unless the message is already past it or the dice lose it."""
    if not force and RANK.get(status, 9) <= RANK.get(message.status, 0):
        return
    if RANK.get(status, 0) > RANK.get(message.status, 0):
        message.status = status
    if error:
        message.error = error
    chats.show(world, message)
    if not world.options.statuses and not force:
        return
    chaos = world.chaos_for(message.phone_number_id)
    if world.chance(chaos.missing_status):
        return
    number = world.numbers[message.phone_number_id]
    value = envelope(number, status_value(world, message, status, error, timestamp))
    for _ in range(2 if world.chance(chaos.duplicate_status) else 1):
        emit(world, world.app_of(number), {"value": value, "field": "messages"}, number=number)


def status_value(
    world: World, message: Message, status: str, error: dict | None, timestamp: int | None
) -> dict:
    """`contacts` accompany delivered and read only, pricing only sent and the first of the others."""
    entry = {"id": message.wamid, "status": status, "timestamp": str(timestamp or int(time.time()))}
    entry.update(message.recipient)
    if message.attempt is not None:
        entry["biz_opaque_callback_data"] = message.attempt
    if error:
        return {"statuses": [{**entry, "errors": [error]}]}
    entry.update(charge(world, message, status))
    persona = world.personas.get(message.persona_id)
    if persona is None or status == "sent":
        return {"statuses": [entry]}
    number = world.numbers[message.phone_number_id]
    return {"contacts": [personas.contact(world, number, persona)], "statuses": [entry]}


def charge(world: World, message: Message, status: str) -> dict:
    """The price class, and the conversation where a click on an ad opened a free entry point."""
    if status != "sent" and message.priced:
        return {}
    message.priced = status != "sent"
    number = world.numbers[message.phone_number_id]
    until = chats.entry_point_until(world, number, message.persona_id)
    if until is None:
        return {
            "pricing": {
                "billable": True,
                "pricing_model": "PMP",
                "category": message.category,
                "type": "regular",
            }
        }
    conversation = {
        "id": f"fep{message.phone_number_id}{message.persona_id}",
        "origin": {"type": "referral_conversion"},
    }
    if status == "sent":
        conversation["expiration_timestamp"] = str(until)
    pricing = {
        "billable": False,
        "pricing_model": "PMP",
        "category": "referral_conversion",
        "type": "free_entry_point",
    }
    return {"conversation": conversation, "pricing": pricing}


def read_by_patient(
    world: World, phone_number_id: str, persona_id: str, upto: str | None = None
) -> list[str]:
    """The patient opened the chat: everything the business sent, up to the one named, is read."""
    read = []
    for message in chats.chat(world, phone_number_id, persona_id):
        if not message.inbound and message.status in ("sent", "delivered") and not message.echo:
            report(world, message, "read")
            read.append(message.wamid)
        if message.wamid == upto:
            break
    return read
