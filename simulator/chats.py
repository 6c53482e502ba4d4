"""The chats as the phone keeps them."""

import time

from simulator.world import Message, Number, World

DAY_S = 24 * 3600


def append(world: World, message: Message, *, silent: bool = False) -> None:
    """Remember a message; unless it is silent, it becomes a bubble."""
    world.messages[message.wamid] = message
    if silent:
        message.visible = False
    if silent or message.persona_id is None:
        return
    world.chats.setdefault((message.phone_number_id, message.persona_id), []).append(message)
    if message.visible:
        show(world, message)


def find(world: World, phone_number_id: str, wamid: str | None) -> Message | None:
    message = world.messages.get(wamid or "")
    return message if message and message.phone_number_id == phone_number_id else None


def chat(world: World, phone_number_id: str, persona_id: str) -> list[Message]:
    return [m for m in world.chats.get((phone_number_id, persona_id), []) if m.visible]


def show(world: World, message: Message) -> None:
    """Let the open phone pages draw the message anew."""
    if message.persona_id and message.visible:
        world.tell("message", persona=message.persona_id, phone_number_id=message.phone_number_id,
                   message=describe(world, message))  # fmt: skip


def describe(world: World, message: Message) -> dict:
    """A message as the phone page needs it, its quoted message included."""
    seen = {
        key: value for key, value in vars(message).items() if key not in ("recipient", "priced", "visible")
    }
    quoted = find(world, message.phone_number_id, message.context_id)
    if quoted:
        seen["quoted"] = {"wamid": quoted.wamid, "inbound": quoted.inbound, "type": quoted.type,
                          "content": quoted.content, "rendered": quoted.rendered}  # fmt: skip
    return seen


def window_open(world: World, number: Number, persona_id: str | None) -> bool:
    """May the business write without a template? Counted from the patient's last message's own timestamp."""
    if not world.options.window:
        return True
    if persona_id is None:
        return not world.options.strict_recipients
    last = world.last_inbound.get((number.phone_number_id, persona_id), 0)
    return time.time() - last < DAY_S


def entry_point_until(world: World, number: Number, persona_id: str | None) -> int | None:
    """When the free 72 hours after a click on an ad end; None when there are none."""
    start = world.entry_points.get((number.phone_number_id, persona_id))
    return start + 3 * DAY_S if start and time.time() < start + 3 * DAY_S else None
