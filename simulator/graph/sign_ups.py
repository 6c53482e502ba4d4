"""Embedded Signup: a business goes through Meta's dialog, and its code is exchanged for a token, once."""

import secrets
import time

from simulator.graph.errors import GraphError
from simulator.graph.seeds import seed_templates
from simulator.options import BadInput
from simulator.world import App, Number, World, new_id

CODE_SECONDS = 30
EXPIRED = "This authorization code has expired or has been used."


def finish_dialog(world: World, values: dict) -> dict:
    """What the dialog does once a business has agreed: an account with numbers, and a code for the app's server."""
    missing = [name for name in ("app_id", "app_secret", "display_phone_number") if not values.get(name)]
    if missing:
        raise BadInput(f"Missing: {', '.join(missing)}.")
    app = App(
        new_id(), new_id(), str(values["app_id"]), values["app_secret"], "", "", secrets.token_urlsafe(32),
        subscribed=False, scopes=values.get("scopes"),
    )  # fmt: skip
    world.apps[app.waba_id] = app
    for shown in (
        [values["display_phone_number"]]
        if type(values["display_phone_number"]) is str
        else values["display_phone_number"]
    ):
        number = Number(new_id(), shown, values.get("verified_name") or "A clinic", app.waba_id)
        number.on_phone = values.get("coexistence") is True
        number.registered, number.pin = number.on_phone, values.get("pin")
        world.numbers[number.phone_number_id] = number
    seed_templates(world, app.waba_id)
    code = secrets.token_urlsafe(32)
    world.codes[code] = (app.waba_id, time.time() + CODE_SECONDS)
    world.tell("apps")
    return {"code": code, "waba_id": app.waba_id, "business_id": app.business_id,
            "phone_number_id": world.numbers_of(app.waba_id)[0].phone_number_id}  # fmt: skip


def exchange(world: World, query: dict) -> dict:
    """GET /oauth/access_token: the business' token for a fresh code and the app's own secret."""
    waba_id, until = world.codes.pop(query.get("code", ""), (None, 0))
    app = world.apps.get(waba_id)
    if app is None or until < time.time():
        raise GraphError(100, EXPIRED, message=EXPIRED, subcode=36007)
    if query.get("client_id") != app.app_id or not secrets.compare_digest(
        query.get("client_secret", "").encode(), app.app_secret.encode()
    ):
        words = "Error validating client secret."
        raise GraphError(1, words, http=400, message=words)
    return {"access_token": app.access_token, "token_type": "bearer"}


def sync_phone(number: Number, body: dict) -> dict:
    """POST /{number}/smb_app_data: once for each kind, of a number that is on the phone app."""
    kind = body.get("sync_type")
    if body.get("messaging_product") != "whatsapp" or kind not in ("smb_app_state_sync", "history"):
        raise GraphError(100, "messaging_product and a known sync_type are required.")
    if not number.on_phone:
        raise GraphError(100, "The number is not on the WhatsApp Business app.")
    if kind in number.synced:
        raise GraphError(2593107, "This synchronisation was asked for already.")
    number.synced.append(kind)
    return {"messaging_product": "whatsapp", "request_id": new_id()}
