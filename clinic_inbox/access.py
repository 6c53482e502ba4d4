"""Where a request came from, its number, and one line about it in the log."""

import ipaddress
import logging
import re
import time
import uuid

import structlog
from django.conf import settings

logger = logging.getLogger(__name__)

FORWARDED = ("FOR", "HOST", "PROTO", "PORT", "SERVER", "PREFIX", "SSL")
FROM_FRONT = [f"HTTP_X_FORWARDED_{name}" for name in FORWARDED] + ["HTTP_FORWARDED", "HTTP_X_REAL_IP"]
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def trusted_front(get_response):
    """Believe X-Forwarded-* only from TRUSTED_PROXIES; then REMOTE_ADDR is the client's, as they saw it.

    The last address in X-Forwarded-For that is not one of ours is the client; what stands before it, anybody may have
    written.
    """
    networks = [ipaddress.ip_network(text) for text in settings.TRUSTED_PROXIES]

    def middleware(request):
        if not _is_within(request.META.get("REMOTE_ADDR", ""), networks):
            for name in (*FROM_FRONT, "HTTP_X_REQUEST_ID"):
                request.META.pop(name, None)
            return get_response(request)
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        strangers = [hop for hop in hops if not _is_within(hop, networks)]
        if address := _address((strangers or hops or [""])[-1]):
            request.META["REMOTE_ADDR"] = address
        return get_response(request)

    return middleware


def access_log(get_response):
    """Number the request; log its route (never its path or query), status and duration, which the answer tells, too."""

    def middleware(request):
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request.id):
            response = get_response(request)
            match = request.resolver_match
            facts = {
                "method": request.method,
                "route": match.route if match else "",
                "status": response.status_code,
            }
            milliseconds = (time.monotonic() - started) * 1000
            facts["milliseconds"] = round(milliseconds)
            logger.info("request", extra=facts)
        response.headers["X-Request-ID"] = request.id
        response.headers["Server-Timing"] = f"app;dur={milliseconds:.1f}"
        return response

    return middleware


def _is_within(text: str, networks) -> bool:
    address = _address(text)
    return bool(address) and any(ipaddress.ip_address(address) in network for network in networks)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
