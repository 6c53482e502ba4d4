"""Phone numbers, the account's subscription, the business profile and the token check."""

import time

from simulator.graph.errors import GraphError
from simulator.webhooks import shake_hands
from simulator.world import App, Number, World

PROFILE_LIMITS = {"about": 139, "address": 256, "description": 512, "email": 128}
VERTICALS = {
    "UNDEFINED", "OTHER", "AUTO", "BEAUTY", "APPAREL", "EDU", "ENTERTAIN", "EVENT_PLAN", "FINANCE", "GROCERY", "GOVT",
    "HOTEL", "HEALTH", "NONPROFIT", "PROF_SERVICES", "RETAIL", "TRAVEL", "RESTAURANT", "NOT_A_BIZ",
}  # fmt: skip
DEFAULT_FIELDS = (
    "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type,throughput,id"
)


def describe(world: World, number: Number, fields: str | None) -> dict:
    """The number's node, reduced to the fields asked for; `id` is always there."""
    app = world.app_of(number)
    known = {
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "quality_rating": "GREEN",
        "quality_score": {"score": "GREEN"},
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "status": "CONNECTED" if number.registered else "DISCONNECTED",
        "platform_type": "CLOUD_API",
        "account_mode": "LIVE",
        "is_official_business_account": False,
        "is_on_biz_app": number.on_phone,
        "is_pin_enabled": True,
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "webhook_configuration": callbacks(number, app),
        "health_status": health(number, app),
        "username": None,
        "id": number.phone_number_id,
    }
    wanted = [name.strip() for name in (fields or DEFAULT_FIELDS).split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        words = f"Tried accessing nonexisting field ({unknown[0]}) on node type (WhatsAppBusinessPhoneNumber)"
        raise GraphError(100, words, message=f"(#100) {words}")
    return {name: known[name] for name in dict.fromkeys([*wanted, "id"]) if known[name] is not None}


def callbacks(number: Number, app: App) -> dict:
    found = {"application": app.callback_url}
    for key, holder in (("whatsapp_business_account", app), ("phone_number", number)):
        if holder.webhook_override:
            found[key] = holder.webhook_override["override_callback_uri"]
    return found


def health(number: Number, app: App) -> dict:
    phone = {"entity_type": "PHONE_NUMBER", "id": number.phone_number_id, "can_send_message": "AVAILABLE"}
    if not number.registered:
        phone["can_send_message"] = "BLOCKED"
        phone["errors"] = [{"error_code": 141000, "error_description": "The phone number is not registered.",
                            "possible_solution": "Register the phone number."}]  # fmt: skip
    others = (("WABA", app.waba_id), ("BUSINESS", app.business_id), ("APP", app.app_id))
    rest = [{"entity_type": kind, "id": key, "can_send_message": "AVAILABLE"} for kind, key in others]
    return {"can_send_message": phone["can_send_message"], "entities": [phone, *rest]}


def register(number: Number, body: dict) -> dict:
    pin = str(body.get("pin", ""))
    if body.get("messaging_product") != "whatsapp" or not (pin.isdigit() and len(pin) == 6):
        raise GraphError(100, "messaging_product and a pin of 6 digits are required.")
    if number.pin not in (None, pin):
        raise GraphError(133005)
    number.registered, number.pin = True, pin
    return {"success": True}


def deregister(number: Number) -> dict:
    number.registered = False
    return {"success": True}


async def configure(world: World, number: Number, body: dict) -> dict:
    """POST /{phone_number_id}: the number's own webhook, set or (with an empty address) removed."""
    wanted = body.get("webhook_configuration")
    if not isinstance(wanted, dict):
        raise GraphError(100, "Nothing to change: webhook_configuration is missing.")
    number.webhook_override = await verified(world, wanted)
    return {"success": True}


async def subscribe(world: World, app: App, body: dict) -> dict:
    app.webhook_override = await verified(world, body)
    app.subscribed = True
    return {"success": True}


async def verified(world: World, wanted: dict) -> dict | None:
    """The override, once its address has answered the handshake; None when there is none."""
    url = wanted.get("override_callback_uri")
    if not url:
        return None
    if len(url) > 200:
        raise GraphError(100, "override_callback_uri holds at most 200 characters.")
    answer = await shake_hands(world, url, wanted.get("verify_token", ""))
    if answer["state"] != "ok":
        words = f"Callback verification failed: {answer['detail']}"
        raise GraphError(2200, words, http=400, message=f"(#2200) {words}")
    return {"override_callback_uri": url, "verify_token": wanted.get("verify_token", "")}


def subscriptions(app: App) -> dict:
    if not app.subscribed:
        return {"data": []}
    link = f"https://www.facebook.com/games/?app_id={app.app_id}"
    entry = {"whatsapp_business_api_data": {"id": app.app_id, "link": link, "name": "Simulated app"}}
    if app.webhook_override:
        entry["override_callback_uri"] = app.webhook_override["override_callback_uri"]
    return {"data": [entry]}


def profile(number: Number, fields: str | None) -> dict:
    known = {
        "messaging_product": "whatsapp",
        "vertical": "HEALTH",
        "about": "Sample clinic",
        **number.profile,
    }
    wanted = [f.strip() for f in (fields or "about,address,description,email,websites,vertical").split(",")]
    return {"data": [{key: known[key] for key in [*wanted, "messaging_product"] if key in known}]}


def change_profile(number: Number, body: dict) -> dict:
    for key, limit in PROFILE_LIMITS.items():
        if len(str(body.get(key, ""))) > limit:
            raise GraphError(100, f"Param {key} must be at most {limit} characters long.")
    websites = body.get("websites", [])
    if len(websites) > 2 or any(len(site) > 256 for site in websites):
        raise GraphError(100, "At most 2 websites of 256 characters.")
    if body.get("vertical", "HEALTH") not in VERTICALS:
        raise GraphError(100, "Param vertical is not one of the known ones.")
    number.profile.update({k: v for k, v in body.items() if k != "messaging_product"})
    return {"success": True}


def debug_token(world: World, app: App, token: str) -> dict:
    """What Meta tells of a token: whose it is and what it may."""
    owner = next((a for a in world.apps.values() if a.access_token == token), None)
    if owner is None:
        error = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 463}
        return {"data": {"error": error, "is_valid": False, "scopes": []}}
    wabas = [a.waba_id for a in world.apps.values() if a.access_token == token]
    scopes = owner.scopes or ["whatsapp_business_management", "whatsapp_business_messaging"]
    return {"data": {
        "app_id": owner.app_id, "type": "SYSTEM_USER", "application": "Simulated app", "expires_at": 0,
        "data_access_expires_at": int(time.time()) + 90 * 86400, "issued_at": int(time.time()) - 3600,
        "is_valid": True, "scopes": scopes, "user_id": f"9{owner.app_id}",
        "granular_scopes": [{"scope": scope, "target_ids": wabas} for scope in scopes],
    }}  # fmt: skip
