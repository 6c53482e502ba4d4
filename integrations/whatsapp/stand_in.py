"""Telling the simulator of a number, so that it plays Meta and a patient for it. Never in production."""

import asyncio
import secrets
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from integrations import http
from integrations.events import ErrorClass, ProviderError
from integrations.whatsapp.reading import ident, mapping, objects


def make_number() -> dict:
    """A number of the simulator that nobody has: what WhatsAppNumber takes."""
    place = secrets.randbelow(9000) + 1000
    return {
        "phone_number_id": f"1{secrets.randbelow(10**14):014}",
        "waba_id": f"2{secrets.randbelow(10**14):014}",
        "access_token": secrets.token_urlsafe(32),
        "app_secret": secrets.token_hex(16),
        "verify_token": secrets.token_urlsafe(16),
        "graph_url": f"{settings.SIMULATOR_URL}/graph",
        "name": _("WhatsApp (simulated)"),
        "address": f"+44 20 7946 {place}",
    }


def greet() -> None:
    """Raises ProviderError unless there is a simulator, and it answers."""
    if not settings.SIMULATOR_URL:
        raise ProviderError(ErrorClass.NEVER, "unreachable")
    asyncio.run(_talk(lambda ask: ask("GET", "health")))


def begin(number: dict) -> None:
    """Let the simulator serve the number, and let a patient say hello. Raises ProviderError. Not inside a scope."""
    asyncio.run(_talk(partial(_begin, number)))


async def _begin(number: dict, ask) -> None:
    shown = {
        "phone_number_id": number["phone_number_id"],
        "display_phone_number": number["address"],
        "verified_name": number["name"],
    }
    names = ("app_secret", "verify_token", "callback_url", "access_token", "waba_id")
    await ask("POST", "apps", {name: number[name] for name in names} | {"numbers": [shown]})
    people = objects((await ask("GET", "personas")).get("personas"))
    writer = next((ident(each.get("id")) for each in people if each.get("phone")), "")
    if writer:
        hello = _("Hello! Do you have a free appointment this week?")
        wish = {"phone_number_id": number["phone_number_id"], "type": "text", "text": hello}
        await ask("POST", f"personas/{writer}/messages", wish)


async def _talk(talk) -> None:
    async with http.open_client(allow_private=not settings.PRODUCTION) as client:
        await talk(partial(_ask, client))


async def _ask(client: http.Client, method: str, path: str, values: dict | None = None) -> dict:
    content = {"json": values} if values is not None else {}
    try:
        reply = await http.request(
            client, method, f"{settings.SIMULATOR_URL}/simulator/api/{path}", seconds=10, **content
        )
    except (*http.NOT_SENT, *http.INTERRUPTED, http.Forbidden, http.TooLarge) as error:
        raise ProviderError(ErrorClass.RETRY, "unreachable") from error
    if reply.status not in (200, 201):
        raise ProviderError(ErrorClass.NEVER, f"http_{reply.status}")
    return mapping(reply.json())
