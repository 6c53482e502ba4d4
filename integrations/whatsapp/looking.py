"""Reading all that WhatsApp tells of one connection, side by side: what fails hides nothing else."""

import asyncio
from email.utils import parsedate_to_datetime

from django.utils import timezone

from integrations import http
from integrations.events import ProviderError
from integrations.whatsapp.api import NUMBER_FIELDS, Credentials, exchange_whole
from integrations.whatsapp.reading import ident, mapping, number, objects, text

SECONDS = 8  # for each of the calls, which run at once


def look(credentials: Credentials) -> dict:
    """Facts by topic, plain JSON: token, number, apps, account, templates, clock.

    A topic that could not be read is `{"problem": code, "detail": words}`. Waits for the network: call it outside
    clinic_scope().
    """
    return asyncio.run(_look(credentials))


async def _look(credentials: Credentials) -> dict:
    business = credentials.business_id
    calls = {
        "token": ("debug_token", {"input_token": credentials.access_token}, _token),
        "number": (credentials.number_id, {"fields": NUMBER_FIELDS}, _number),
        "apps": (f"{business}/subscribed_apps", {}, _apps),
        "account": (business, {"fields": "id,name,account_review_status"}, _account),
        "templates": (f"{business}/message_templates", {"fields": "id,status", "limit": 100}, _templates),
    }
    async with http.open_client(allow_private=credentials.allow_private) as client:
        readings = [_read(client, credentials, *call) for call in calls.values()]
        found = await asyncio.gather(*readings)
    facts = {name: told for name, (told, _ahead) in zip(calls, found, strict=True)}
    ahead = [seconds for _told, seconds in found if seconds is not None]
    return facts | {"clock": {"ahead": ahead[0]} if ahead else {"problem": "unread"}}


async def _read(
    client, credentials: Credentials, path: str, params: dict, reading
) -> tuple[dict, int | None]:
    """One topic's facts, and by how many seconds our clock is ahead of theirs (None when they did not tell)."""
    try:
        answer, headers = await exchange_whole(
            client, credentials, "GET", path, params=params, seconds=SECONDS
        )
    except ProviderError as error:
        return {"problem": error.code, "detail": error.detail[:300]}, None
    return reading(answer), _ahead(headers.get("date", ""))


def _ahead(date: str) -> int | None:
    try:
        return round((timezone.now() - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):
        return None


def _token(answer: dict) -> dict:
    told = mapping(answer.get("data"))
    return {
        "is_valid": told.get("is_valid") is True,
        "app_id": ident(told.get("app_id"), 40),
        "scopes": [ident(scope, 60) for scope in _list(told.get("scopes"))],
        "targets": {
            ident(each.get("scope"), 60): [ident(target, 40) for target in _list(each.get("target_ids"))]
            for each in objects(told.get("granular_scopes"))
        },
        "expires_at": number(told.get("expires_at")) or 0,
        "data_until": number(told.get("data_access_expires_at")) or 0,
    }


def _number(answer: dict) -> dict:
    health = mapping(answer.get("health_status"))
    errors = [
        {"what": text(error.get("error_description"), 200), "fix": text(error.get("possible_solution"), 200)}
        for entity in objects(health.get("entities"))
        for error in objects(entity.get("errors"))
    ]
    where = mapping(answer.get("webhook_configuration"))
    order = ("phone_number", "whatsapp_business_account", "application")
    return {
        "name": text(answer.get("verified_name"), 200),
        "address": ident(answer.get("display_phone_number"), 40),
        "quality": ident(answer.get("quality_rating"), 20),
        "verified": ident(answer.get("code_verification_status"), 40),
        "name_status": ident(answer.get("name_status"), 40),
        "status": ident(answer.get("status"), 40),
        "limit": ident(answer.get("whatsapp_business_manager_messaging_limit"), 40),
        "throughput": ident(mapping(answer.get("throughput")).get("level"), 20),
        "platform": ident(answer.get("platform_type"), 40),
        "is_on_phone": answer.get("is_on_biz_app") is True,
        "can_send": ident(health.get("can_send_message"), 20),
        "errors": errors[:5],
        "callback": next((ident(where[each], 500) for each in order if where.get(each)), ""),
    }


def _apps(answer: dict) -> dict:
    apps = [mapping(each.get("whatsapp_business_api_data")) for each in objects(answer.get("data"))]
    return {
        "ids": [ident(app.get("id"), 40) for app in apps],
        "names": [text(app.get("name"), 80) for app in apps],
    }


def _account(answer: dict) -> dict:
    return {"name": text(answer.get("name"), 200), "review": ident(answer.get("account_review_status"), 40)}


def _templates(answer: dict) -> dict:
    states = [ident(each.get("status"), 30) for each in objects(answer.get("data"))]
    return {"count": len(states), "approved": states.count("APPROVED")}


def _list(value) -> list:
    return value if type(value) is list else []
