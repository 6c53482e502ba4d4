"""Registering the Meta apps whose webhooks the simulator sends."""

import zlib

from simulator.graph.seeds import seed_templates
from simulator.options import BadInput
from simulator.webhooks import handshake
from simulator.world import App, Number, World

REQUIRED = ("app_secret", "verify_token", "callback_url", "access_token", "waba_id")


def register(world: World, values: dict) -> App:
    """Create or update the app of one WABA and shake hands with its callback. Raises BadInput."""
    missing = [name for name in REQUIRED if not values.get(name)]
    if missing:
        raise BadInput(f"Missing: {', '.join(missing)}.")
    waba_id = str(values["waba_id"])
    known = world.apps.get(waba_id)
    app = App(
        waba_id, str(values.get("business_id") or (known.business_id if known else f"7{derived(waba_id)}")),
        str(values.get("app_id") or (known.app_id if known else f"8{derived(values['app_secret'])}")),
        values["app_secret"], values["verify_token"], values["callback_url"], values["access_token"],
        webhook_override=known.webhook_override if known else None,
    )  # fmt: skip
    numbers = [number_from(world, waba_id, row) for row in values.get("numbers") or []]
    world.apps[waba_id] = app
    world.numbers.update({number.phone_number_id: number for number in numbers})
    seed_templates(world, waba_id)
    world.spawn(handshake(world, app))
    world.tell("apps")
    return app


def derived(text: str) -> str:
    """A stable made-up id: the same text gives the same one after a restart."""
    return f"{zlib.crc32(str(text).encode()):014d}"


def number_from(world: World, waba_id: str, row: dict) -> Number:
    if not row.get("phone_number_id") or not row.get("display_phone_number"):
        raise BadInput("Each number needs phone_number_id and display_phone_number.")
    identifier = str(row["phone_number_id"])
    known = world.numbers.get(identifier)
    if known and known.waba_id != waba_id:
        raise BadInput(f"Number {identifier} belongs to another WABA.")
    name = row.get("verified_name") or row["display_phone_number"]
    fresh = Number(identifier, str(row["display_phone_number"]), name, waba_id)
    if known:
        fresh.registered, fresh.profile, fresh.webhook_override = (
            known.registered,
            known.profile,
            known.webhook_override,
        )
    return fresh


def describe(world: World, app: App) -> dict:
    """The app without its secrets."""
    numbers = [
        {"phone_number_id": n.phone_number_id, "display_phone_number": n.display_phone_number,
         "verified_name": n.verified_name, "registered": n.registered}
        for n in world.numbers_of(app.waba_id)
    ]  # fmt: skip
    return {"waba_id": app.waba_id, "business_id": app.business_id, "app_id": app.app_id, "subscribed": app.subscribed,
            "callback_url": app.callback_url, "handshake": app.handshake, "numbers": numbers}  # fmt: skip


def number_of(world: World, values: dict) -> Number:
    """The number meant by `phone_number_id`, or the first. Raises BadInput."""
    wanted = values.get("phone_number_id")
    if wanted is None and world.numbers:
        return next(iter(world.numbers.values()))
    if str(wanted) not in world.numbers:
        raise BadInput(
            "No such number; register one with POST apps." if wanted else "No number is registered yet."
        )
    return world.numbers[str(wanted)]
