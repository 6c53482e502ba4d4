"""Which clinic an API request works in: the one its token was made in."""

import re
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.cache import patch_cache_control

from clinic_inbox.tenancy import clinic_scope
from clinics.middleware import is_outside
from clinics.models import ApiToken
from clinics.operations.tokens import digest

from . import problems

PREFIX = "/api/"
TOKEN = re.compile(r"Bearer (ci_([0-9a-f]{32})_[\w-]{20,100})", re.ASCII)
MOST_DIGITS = 18  # of a length; thousands of digits are no number to Python
NOTE_USED_EVERY = timedelta(minutes=5)  # a token's row is not written on each request


def clinic_of_the_token(get_response):
    """Open clinic_scope() for a valid token; request.api_token is None without one. The API knows no sessions."""

    def middleware(request):
        if not request.path.startswith(PREFIX):
            return get_response(request)
        # Before the session is looked at: a browser's cookie must not act here, nor be in need of CSRF checks.
        request.COOKIES = {}
        request.api_token = None
        if _is_too_large(request):
            return problems.respond(413)
        match = TOKEN.fullmatch(request.META.get("HTTP_AUTHORIZATION", ""))
        response = _in_scope(request, match, get_response) if match else get_response(request)
        patch_cache_control(response, private=True, no_store=True)
        _tell_limits(request, response)
        return response

    return middleware


def _is_too_large(request) -> bool:
    """The front counts bytes; this is for a `web` that is asked directly. Files have their own limits."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_upload = request.META.get("CONTENT_TYPE", "").startswith("multipart/")
    limit = settings.MAX_BODY_BYTES if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return not length.isdecimal() or len(length) > MOST_DIGITS or int(length) > limit


def _in_scope(request, match, get_response):
    with clinic_scope(UUID(match[2])):
        request.api_token = find_token(match[1])
        if not is_outside(request):
            return get_response(request)
    return get_response(request)


def _tell_limits(request, response) -> None:
    """What the throttle counted, as RateLimit headers."""
    if rate := getattr(request, "rate", None):
        for name, value in zip(("Limit", "Remaining", "Reset"), rate, strict=True):
            response.headers[f"RateLimit-{name}"] = str(value)


def find_token(text: str) -> ApiToken | None:
    """The active clinic's token with this text, unless revoked; notes that it was used."""
    token = ApiToken.objects.filter(token_hash=digest(text), revoked_at=None).select_related("clinic").first()
    if token and (token.last_used_at is None or timezone.now() - token.last_used_at > NOTE_USED_EVERY):
        token.last_used_at = timezone.now()
        token.save(update_fields=["last_used_at"])
    return token
