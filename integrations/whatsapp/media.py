"""Fetching a file a patient sent: ask for its address, then read it, with our token only ever going to Meta."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from clinic_inbox.failpoints import failpoint
from integrations import http
from integrations.content_types import HEAD, TypeLies, identify
from integrations.events import ErrorClass, ProviderError
from integrations.whatsapp.api import Credentials, exchange
from integrations.whatsapp.errors import error_of
from integrations.whatsapp.reading import hex_digest, mapping, text

HOSTS = {"graph.facebook.com", "lookaside.fbsbx.com"}
MAX_BYTES = 100 * 1024 * 1024  # WhatsApp's own limit for documents
SECONDS = 120
GONE_CODES = {"33", "100", "131052"}


class MediaError(Exception):
    """The file cannot be had, now or later; `reason` says why, for staff."""

    reason = _("The file could not be fetched.")


class Gone(MediaError):
    """WhatsApp no longer has the file (media ids of webhooks live seven days)."""

    reason = _("WhatsApp no longer has the file: ask for it again.")


class TooLarge(MediaError):
    """The file is larger than we take."""

    reason = _("The file is too large.")


class Mismatch(MediaError):
    """The bytes are not those WhatsApp announced: another digest, or another kind of file."""

    reason = _("The file is not what it says it is, so it was not kept.")


class Refused(MediaError):
    """WhatsApp named an address that is not its own; nothing was sent there."""

    reason = _("The file is not where WhatsApp keeps its files, so it was not fetched.")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file on our disk, checked. `sha256` in hex, `size` in bytes."""

    path: Path
    size: int
    sha256: str
    content_type: str


def fetch(
    credentials: Credentials, media_id: str, folder: Path, *, sha256="", declared_type="", max_bytes=MAX_BYTES
) -> Fetched:
    """Fetch one file into `folder`. `sha256` (hex) and `declared_type` as the webhook told them, "" if it did not.

    Raises MediaError when trying again is useless, ProviderError when it may help later. Not for async code.
    """
    told = _Told(sha256, declared_type, max_bytes)
    try:
        return asyncio.run(_fetch(credentials, media_id, folder / "file", told))
    except ProviderError as error:
        if error.code in GONE_CODES:
            raise Gone from error
        # Reading twice does no harm, so whatever is uncertain may simply be tried again.
        if error.error_class in (ErrorClass.UNCERTAIN, ErrorClass.RETRY):
            raise ProviderError(ErrorClass.RETRY, error.code, error.detail, error.retry_after) from error
        raise


@dataclass(frozen=True, slots=True)
class _Told:
    sha256: str
    content_type: str
    max_bytes: int


async def _fetch(credentials: Credentials, media_id: str, path: Path, told: _Told) -> Fetched:
    async with http.open_client(allow_private=credentials.allow_private) as client:
        for _attempt in range(
            2
        ):  # an address lives five minutes; one that is already gone is asked for once more
            found = await _look_up(client, credentials, media_id)
            url = text(found.get("url"))
            if not _is_metas(url, credentials):
                raise Refused
            if await _download(client, credentials, url, path, told.max_bytes):
                return _checked(path, found, told)
    raise Gone


async def _look_up(client: http.Client, credentials: Credentials, media_id: str) -> dict:
    params = {"phone_number_id": credentials.number_id}
    return await exchange(client, credentials, "GET", media_id, params=params)


def _is_metas(url: str, credentials: Credentials) -> bool:
    """The token may go to this address: Meta's own, or the simulator's where there is one."""
    try:
        parts, own = urlsplit(url), urlsplit(credentials.api_url)
        port = parts.port
    except ValueError:
        return False
    if parts.username or parts.password:
        return False
    if credentials.allow_private and parts.netloc == own.netloc and parts.scheme == own.scheme:
        return True
    return parts.scheme == "https" and parts.hostname in HOSTS and port in (None, 443)


async def _download(
    client: http.Client, credentials: Credentials, url: str, path: Path, max_bytes: int
) -> bool:
    """Write the file; False when the address is no longer valid."""
    try:
        async with http.stream(
            client, "GET", url, headers=credentials.headers, max_bytes=max_bytes, seconds=SECONDS
        ) as response:
            if response.status in (404, 410):
                return False
            if 300 <= response.status < 400:
                raise Refused  # another host must not see the token, and Meta's own answers directly
            if response.status != 200:
                raise error_of(response.status, None, response.headers.get("retry-after", ""))
            with path.open("wb") as file:
                async for chunk in response.chunks:
                    file.write(chunk)
                    failpoint("media-chunk")
    except http.Forbidden as error:
        raise Refused from error
    except http.TooLarge as error:
        raise TooLarge from error
    except (*http.NOT_SENT, *http.INTERRUPTED) as error:
        raise ProviderError(ErrorClass.RETRY, "interrupted") from error
    return True


def _checked(path: Path, found: dict, told: _Told) -> Fetched:
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    announced = {told.sha256, hex_digest(mapping(found).get("sha256"))} - {""}
    if not announced <= {digest}:
        raise Mismatch
    try:
        content_type = identify(head, told.content_type or text(found.get("mime_type")))
    except TypeLies as error:
        raise Mismatch from error
    return Fetched(path, path.stat().st_size, digest, content_type)
