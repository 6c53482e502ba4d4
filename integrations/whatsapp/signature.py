"""Is it Meta that speaks? The signature of each POST and the handshake that registers our address."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

HEADER = re.compile(r"sha256=([0-9a-f]{64})")


def verify(body: bytes, header: str, secrets: Iterable[str]) -> bool:
    """The header `X-Hub-Signature-256` was made from these very bytes with one of the app secrets.

    Two secrets are valid while one is being replaced. Every secret is tried, so time tells nothing.
    """
    match = HEADER.fullmatch(header)
    if match is None:
        return False
    is_valid = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        is_valid |= bool(secret) and hmac.compare_digest(expected, match[1])
    return is_valid


def handshake(params: Mapping[str, str], verify_token: str) -> str | None:
    """The challenge to answer a GET with, or None when it did not come with our token. Reply as text/plain."""
    token, challenge = params.get("hub.verify_token", ""), params.get("hub.challenge", "")
    is_known = bool(verify_token) and hmac.compare_digest(
        token.encode(errors="replace"), verify_token.encode()
    )
    # Digits only in practice; anything else would be somebody trying to have us echo markup.
    if (
        not is_known
        or params.get("hub.mode") != "subscribe"
        or not re.fullmatch(r"[0-9A-Za-z_-]{1,200}", challenge)
    ):
        return None
    return challenge
