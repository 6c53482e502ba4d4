"""The Graph API around messages: who we are, one call, and the calls workers make (each runs its own event loop)."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from integrations import http
from integrations.events import ErrorClass, ProviderError
from integrations.whatsapp.errors import error_of
from integrations.whatsapp.reading import ident, mapping, objects

VERSION = "v26.0"
UPLOAD_SECONDS = 120
PAGES = 100  # of 100 templates: more than any business account may hold
TEMPLATE_FIELDS = "id,name,language,category,status,quality_score,rejected_reason,parameter_format,components"
NUMBER_FIELDS = (
    "id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status,platform_type,"
    "throughput,webhook_configuration,status,whatsapp_business_manager_messaging_limit,health_status,is_on_biz_app"
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A channel's way to the Graph API. `allow_private` (never in production) lets it be a simulator next door."""

    api_url: str
    number_id: str
    business_id: str = ""
    access_token: str = field(default="", repr=False)
    allow_private: bool = False
    version: str = VERSION

    def url(self, path: str) -> str:
        """The address of a node or edge, e.g. `<number id>/messages`."""
        return f"{self.api_url.rstrip('/')}/{self.version}/{path}"

    @property
    def headers(self) -> dict[str, str]:
        """What proves that we may; nothing before there is a token."""
        return {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}


async def exchange(client: http.Client, credentials: Credentials, method: str, path: str, **content) -> dict:
    """One call; the JSON object of a 200. Raises ProviderError, UNCERTAIN where it may have been carried out."""
    return (await exchange_whole(client, credentials, method, path, **content))[0]


async def exchange_whole(
    client: http.Client, credentials: Credentials, method: str, path: str, **content
) -> tuple[dict, Mapping[str, str]]:
    """As exchange(), with the headers of the answer."""
    headers = credentials.headers | content.pop("headers", {})
    try:
        reply = await http.request(client, method, credentials.url(path), headers=headers, **content)
    except http.NOT_SENT as error:
        raise ProviderError(ErrorClass.RETRY, "unreachable") from error
    except http.Forbidden as error:
        raise ProviderError(ErrorClass.LATER, "refused") from error
    except http.TooLarge as error:
        raise ProviderError(ErrorClass.UNCERTAIN, "unreadable") from error
    except http.INTERRUPTED as error:
        raise ProviderError(ErrorClass.UNCERTAIN, "interrupted") from error
    answer = reply.json()
    if reply.status != 200 or "error" in mapping(answer):
        raise error_of(reply.status, answer, reply.headers.get("retry-after", ""))
    if type(answer) is not dict:
        raise ProviderError(ErrorClass.UNCERTAIN, "unreadable")
    return answer, reply.headers


def call(credentials: Credentials, method: str, path: str, **content) -> dict:
    """One call that may be made twice without harm, from code that is not async. Raises ProviderError."""
    try:
        return asyncio.run(_call(credentials, method, path, **content))
    except ProviderError as error:
        if error.error_class is ErrorClass.UNCERTAIN:
            raise ProviderError(ErrorClass.RETRY, error.code, error.detail, error.retry_after) from error
        raise


async def _call(credentials: Credentials, method: str, path: str, **content) -> dict:
    async with http.open_client(allow_private=credentials.allow_private) as client:
        return await exchange(client, credentials, method, path, **content)


def upload_media(credentials: Credentials, file: BinaryIO, content_type: str, filename: str) -> str:
    """Store a file with WhatsApp; returns its media id, valid 30 days."""
    answer = call(
        credentials,
        "POST",
        f"{credentials.number_id}/media",
        data={"messaging_product": "whatsapp", "type": content_type},
        files={"file": (filename, file, content_type)},
        seconds=UPLOAD_SECONDS,
    )
    if not (media_id := ident(answer.get("id"))):
        raise ProviderError(ErrorClass.RETRY, "unreadable")
    return media_id


def list_templates(credentials: Credentials, **asked: str) -> list[dict]:
    """All templates of the business account, as the provider tells them; or those of a `name` and `language`."""
    path = f"{credentials.business_id}/message_templates"
    return list(_pages(credentials, path, {"fields": TEMPLATE_FIELDS, **asked}))


def _pages(credentials: Credentials, path: str, params: dict) -> Iterator[dict]:
    """The objects of a list, page by page. Goes on by cursor: the `next` address is not followed, it may be any."""
    after = {}
    for _ in range(PAGES):
        answer = call(credentials, "GET", path, params={"limit": 100, **params, **after})
        yield from objects(answer.get("data"))
        paging = mapping(answer.get("paging"))
        cursor = ident(mapping(paging.get("cursors")).get("after"), 2000)
        if not cursor or "next" not in paging:
            return
        after = {"after": cursor}


def get_number(credentials: Credentials) -> dict:
    """The phone number's own data: name, quality, limits, health."""
    return call(credentials, "GET", credentials.number_id, params={"fields": NUMBER_FIELDS})


def list_numbers(credentials: Credentials) -> list[dict]:
    """The phone numbers of the business account."""
    path = f"{credentials.business_id}/phone_numbers"
    return list(_pages(credentials, path, {"fields": "id,display_phone_number,verified_name,quality_rating"}))


def subscribe(credentials: Credentials, callback_url: str = "", verify_token: str = "") -> None:
    """Have the business account's webhooks sent to our app, at its own address if one is given."""
    override = {"override_callback_uri": callback_url, "verify_token": verify_token} if callback_url else {}
    call(credentials, "POST", f"{credentials.business_id}/subscribed_apps", json=override)


def unsubscribe(credentials: Credentials) -> None:
    """Have no more of the business account's webhooks sent to our app."""
    call(credentials, "DELETE", f"{credentials.business_id}/subscribed_apps")


def register(credentials: Credentials, pin: str) -> None:
    """Register the number for the Cloud API with its two-step PIN (six digits). Ten tries in 72 hours."""
    call(
        credentials,
        "POST",
        f"{credentials.number_id}/register",
        json={"messaging_product": "whatsapp", "pin": pin},
    )


def debug_token(credentials: Credentials) -> dict:
    """What WhatsApp knows of our access token: validity, scopes, expiry."""
    answer = call(credentials, "GET", "debug_token", params={"input_token": credentials.access_token})
    return mapping(answer.get("data"))
