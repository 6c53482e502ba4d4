"""Between runs: with a state directory, chats, windows, media and templates survive a restart."""

import asyncio
import json
from dataclasses import asdict

from simulator.world import App, Media, Message, Number, Persona, Template, World

EVERY_S = 5


async def keep_now_and_then(world: World) -> None:
    """Write the world down while it changes, so that a killed process loses seconds and not the day."""
    seen = None
    while world.state_dir is not None:
        now = (
            world.generation,
            world.deliveries.next,
            world.requests.next,
            len(world.messages),
            len(world.apps),
        )
        if now != seen:
            keep(world)
            seen = now
        await asyncio.sleep(EVERY_S)


def keep(world: World) -> None:
    """Write the world down. Logs, options and pending webhooks are not kept."""
    if world.state_dir is None:
        return
    media = [{**asdict(m), "sha256": m.sha256.hex()} for m in world.media.values()]
    state = {
        "apps": [asdict(a) for a in world.apps.values()],
        "numbers": [asdict(n) for n in world.numbers.values()],
        "personas": [asdict(p) for p in world.personas.values()],
        "templates": [asdict(t) for t in world.templates.values()],
        "media": media,
        "chats": [[*key, [asdict(m) for m in chat]] for key, chat in world.chats.items()],
        "last_inbound": [[*key, at] for key, at in world.last_inbound.items()],
        "entry_points": [[*key, at] for key, at in world.entry_points.items()],
    }
    target = world.state_dir / "world.json"
    draft = target.with_suffix(".new")
    draft.touch(mode=0o600)  # it holds the apps' secrets
    draft.write_text(json.dumps(state))
    draft.replace(target)


def recall(world: World) -> None:
    """Take up what an earlier run left behind; nothing there, or not readable any more: start afresh."""
    source = world.state_dir / "world.json" if world.state_dir else None
    if source is None or not source.exists():
        return
    try:
        apply(world, json.loads(source.read_text()))
    except (ValueError, KeyError, TypeError):
        world.clear()
        world.apps.clear()
        world.numbers.clear()


def apply(world: World, state: dict) -> None:
    world.apps = {a["waba_id"]: App(**a) for a in state["apps"]}
    world.numbers = {n["phone_number_id"]: Number(**n) for n in state["numbers"]}
    world.templates = {t["id"]: Template(**t) for t in state["templates"]}
    world.media = {m["id"]: Media(**{**m, "sha256": bytes.fromhex(m["sha256"])}) for m in state["media"]}
    for persona in (Persona(**p) for p in state["personas"]):
        world.personas[persona.id] = persona
        for address in {persona.phone, persona.wa_id} - {None}:
            world.by_address[address] = persona
    for number, persona, chat in state["chats"]:
        world.chats[number, persona] = [Message(**m) for m in chat]
        world.messages.update({m.wamid: m for m in world.chats[number, persona]})
    world.last_inbound = {(number, persona): at for number, persona, at in state["last_inbound"]}
    world.entry_points = {(number, persona): at for number, persona, at in state["entry_points"]}
