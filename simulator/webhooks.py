"""Delivering webhooks as Meta does: signed, at least once, with growing pauses, in no promised order."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time

import httpx2

from simulator.world import App, Number, World

# Only these follow a number's or a WABA's own callback; the rest go to the app's.
OVERRIDABLE = frozenset({
    "messages", "message_echoes", "calls", "consumer_profile", "messaging_handovers", "group_lifecycle_update",
    "group_participants_update", "group_settings_update", "group_status_update", "smb_message_echoes",
    "smb_app_state_sync", "history", "account_settings_update",
})  # fmt: skip
BATCH_WAIT_S = 0.06


def emit(world: World, app: App, change: dict, *, number: Number | None = None, on_ack=None,
         entry_id: str | None = None, entry_time: int | None = None) -> str:  # fmt: skip
    """Send one change `{field, value}` to the app's callback, now or as the chaos settings will have it.

    Returns the delivery id. `on_ack` is called once, when the callback answered 200.
    """
    if not app.subscribed:
        return "not subscribed"
    entry = {"id": entry_id or app.waba_id, "changes": [change]}
    if entry_time is not None:
        entry = {"id": entry["id"], "time": entry_time, "changes": [change]}
    chaos = world.chaos_for(number.phone_number_id if number else None)
    target = callback_for(app, number, change["field"])
    if chaos.batch and chaos.batch > 1:
        return join_batch(world, app, target, entry, chaos.batch, on_ack)
    return post(world, app, target, [entry], chaos, on_ack)


def post(world: World, app: App, target: str, entries: list, chaos, on_ack=None) -> str:
    """Hand a finished envelope to delivery, twice if the dice say so. Returns the delivery id."""
    return post_raw(
        world, app, target, {"object": "whatsapp_business_account", "entry": entries}, chaos, on_ack
    )


def post_raw(world: World, app: App, target: str, envelope: dict, chaos, on_ack=None) -> str:
    delivery_id = secrets.token_hex(6)
    body = encode(envelope)
    changes = [change for entry in envelope.get("entry", []) for change in entry.get("changes", [])]
    fields = ", ".join(dict.fromkeys(gist(change) for change in changes))
    for copy in range(2 if world.chance(chaos.duplicate) else 1):
        pause = chaos.delay_ms / 1000
        if world.chance(chaos.reorder) or copy:
            pause += world.dice.random() * chaos.reorder_ms / 1000
        forged = world.chance(chaos.wrong_signature)
        world.unacknowledged += 1
        world.spawn(deliver(world, app, target, body, delivery_id=delivery_id, fields=fields, pause=pause,
                            forged=forged, on_ack=None if copy else on_ack))  # fmt: skip
    return delivery_id


def gist(change: dict) -> str:
    """A word or two for the log: the field, and what happened, without anything a patient wrote."""
    value = change.get("value", {})
    kinds = [m.get("type") for m in value.get("messages", [])] + [
        s.get("status") for s in value.get("statuses", [])
    ]
    words = [str(change.get("field", "?")), *dict.fromkeys(str(kind) for kind in kinds)]
    return " ".join(words)


def encode(envelope: dict) -> bytes:
    r"""The bytes Meta puts on the wire: `\uXXXX` for everything beyond ASCII, and `\/` for a slash."""
    return json.dumps(envelope, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def sign(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def callback_for(app: App, number: Number | None, field: str) -> str:
    """Phone before WABA before app, and only for the fields that follow an override."""
    if field in OVERRIDABLE:
        for holder in (number, app):
            if holder is not None and holder.webhook_override:
                return holder.webhook_override["override_callback_uri"]
    return app.callback_url


async def deliver(world: World, app: App, target: str, body: bytes, *, delivery_id: str, fields: str,
                  pause: float, forged: bool, on_ack) -> None:  # fmt: skip
    """Post until the answer is 200, the patience is used up or the world was reset."""
    generation, attempt = world.generation, 0
    while True:
        await asyncio.sleep(pause)
        if world.generation != generation:
            return
        attempt += 1
        wrong = forged and attempt == 1
        secret = "another app's secret" if wrong else app.app_secret
        status, error = await post_once(world, target, body, sign(secret, body))
        if world.generation != generation:
            return
        delays = world.options.retry_delays
        again = status != 200 and attempt < world.options.retry_limit
        pause = (0.2 if wrong else delays[min(attempt, len(delays)) - 1]) if again else None
        record(world, app, body, delivery_id=delivery_id, attempt=attempt, field=fields, http_status=status,
               error=error, signature="wrong" if wrong else "right", next_retry_in=pause)  # fmt: skip
        if not again:
            break
    world.unacknowledged -= 1
    if status == 200 and on_ack:
        on_ack()


async def post_once(world: World, target: str, body: bytes, signature: str) -> tuple[int | None, str | None]:
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": signature,
        "User-Agent": "facebookexternalua",
    }
    async with world.delivery_gate:
        try:
            timeout = world.options.webhook_timeout_s
            answer = await world.client.post(target, content=body, headers=headers, timeout=timeout)
        except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
            return None, f"{type(failure).__name__}: {failure}".strip(": ")
    return answer.status_code, None


def record(world: World, app: App, body: bytes, **facts) -> None:
    kept = {"body": body.decode()} if world.options.log_bodies else {}
    world.deliveries.add(app=app.waba_id, bytes=len(body), **facts, **kept)
    world.tell("log", log="delivery", field=facts["field"], http_status=facts["http_status"], error=facts["error"],
               attempt=facts["attempt"], next_retry_in=facts["next_retry_in"])  # fmt: skip


def join_batch(world: World, app: App, target: str, entry: dict, size: int, on_ack) -> str:
    """Collect changes for a moment, as Meta aggregates updates, then send them together."""
    waiting = world.batches.setdefault(target, [])
    waiting.append((entry, on_ack))
    if len(waiting) >= size:
        flush_batch(world, app, target)
    elif len(waiting) == 1:
        world.spawn(flush_later(world, app, target))
    return "batched"


async def flush_later(world: World, app: App, target: str) -> None:
    await asyncio.sleep(BATCH_WAIT_S)
    flush_batch(world, app, target)


def flush_batch(world: World, app: App, target: str) -> None:
    waiting = world.batches.pop(target, [])
    if not waiting:
        return
    acknowledgements = [on_ack for _, on_ack in waiting if on_ack]
    entries = merge([entry for entry, _ in waiting], world)
    post(world, app, target, entries, world.chaos_for(None), lambda: [ack() for ack in acknowledgements])


def merge(entries: list[dict], world: World) -> list[dict]:
    """Fold entries together: some into one `changes` list, some even into one `value`. Any shape is Meta's."""
    merged: list[dict] = []
    for entry in entries:
        home = merged[-1] if merged else None
        if (
            home is None
            or home["id"] != entry["id"]
            or "time" in home
            or "time" in entry
            or world.chance(0.25)
        ):
            merged.append(entry)
            continue
        last, change = home["changes"][-1], entry["changes"][0]
        if not fold(last, change):
            home["changes"].append(change)
    return merged


def fold(into: dict, change: dict) -> bool:
    """Put the messages or statuses of one value into another of the same number. False if they do not fit."""
    one, two = into["value"], change["value"]
    if (
        into["field"] != "messages"
        or change["field"] != "messages"
        or one.get("metadata") != two.get("metadata")
    ):
        return False
    kind = next((k for k in ("messages", "statuses") if k in one and k in two), None)
    if kind is None:
        return False
    contacts = one.get("contacts", []) + two.get("contacts", [])
    into["value"] = {**one, kind: one[kind] + two[kind]}
    if contacts:
        into["value"]["contacts"] = [c for position, c in enumerate(contacts) if c not in contacts[:position]]
    return True


async def handshake(world: World, app: App) -> None:
    """Ask the callback to prove that it knows the verify token, until it does or a minute and a half is over."""
    app.handshake = {"state": "pending", "attempts": 0}
    mine, until = app.handshake, time.monotonic() + 90
    while app.handshake is mine and mine["state"] != "ok" and time.monotonic() < until:
        mine["attempts"] += 1
        mine.update(await shake_hands(world, app.callback_url, app.verify_token))
        world.tell("apps")
        if mine["state"] != "ok":
            await asyncio.sleep(min(0.25 * mine["attempts"], 3))


async def shake_hands(world: World, url: str, verify_token: str) -> dict:
    """One GET with a challenge. Returns `{state, http_status, detail}`."""
    challenge = str(secrets.randbelow(10**10))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    try:
        answer = await world.client.get(url, params=query, timeout=5)
    except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
        return {"state": "failed", "http_status": None, "detail": type(failure).__name__}
    if answer.status_code != 200:
        return {
            "state": "failed",
            "http_status": answer.status_code,
            "detail": "The callback did not answer 200.",
        }
    if answer.text != challenge:
        return {"state": "failed", "http_status": 200, "detail": "The challenge did not come back as it was."}
    return {"state": "ok", "http_status": 200, "detail": ""}
