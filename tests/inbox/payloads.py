"""WhatsApp webhooks as Meta sends them, for a fictional clinic and fictional people."""

import hashlib
import hmac
import itertools
import json
import time

_numbers = itertools.count(1)


def sign(body: bytes, secret: str = "app-secret") -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def text_message(text="Can I move my visit?", wa_id="12025550101", wamid="", at=None, **fields) -> dict:
    wamid = wamid or f"wamid.in{next(_numbers)}"
    at = str(int(at or time.time()))
    return {"from": wa_id, "id": wamid, "timestamp": at, "type": "text", "text": {"body": text}, **fields}


def person(wa_id="12025550101", name="Nora Example", user_id="") -> dict:
    found = {"profile": {"name": name}}
    return found | ({"wa_id": wa_id} if wa_id else {}) | ({"user_id": user_id} if user_id else {})


def status(wamid: str, state: str, at=None, **fields) -> dict:
    at = str(int(at or time.time()))
    return {"id": wamid, "status": state, "timestamp": at, "recipient_id": "12025550101", **fields}


def change(channel, field="messages", **value) -> dict:
    metadata = {"display_phone_number": "12025550100", "phone_number_id": channel.external_id}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}


def webhook(channel, *changes: dict, **value) -> bytes:
    """A body with these changes, or with one `messages` change of this value."""
    changes = list(changes) or [change(channel, **value)]
    entry = {"id": channel.business_id, "changes": changes}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def messages_webhook(channel, *messages: dict, people=None) -> bytes:
    people = people or [
        person(wa_id) for wa_id in {message["from"] for message in messages if "from" in message}
    ]
    return webhook(channel, contacts=people, messages=list(messages))
