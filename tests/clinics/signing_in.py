"""Signing in as a browser does, with an authenticator app of our own (RFC 6238)."""

import base64
import hashlib
import hmac
import struct
import time

from allauth.mfa.models import Authenticator

from clinics.models import AuditEntry
from clinics.second_factor import seal_for

PASSWORD = "correct horse battery"
SECRET = base64.b32encode(b"twenty bytes of seed").decode()


def sign_in(client, email, password=PASSWORD, **options):
    return client.post("/accounts/login/", {"login": email, "password": password}, **options)


def code_of(secret: str = SECRET, at: float | None = None) -> str:
    """What the app shows at that moment."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    value = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{value % 1_000_000:06}"


def give_app(user, secret: str = SECRET) -> Authenticator:
    """The person has set up an authenticator app, and has ten recovery codes."""
    Authenticator.objects.create(
        user=user,
        type="recovery_codes",
        data={"seed": seal_for(user.pk, "0123456789abcdef"), "used_mask": 0, "viewed_at": 1.0},
    )
    return Authenticator.objects.create(user=user, type="totp", data={"secret": seal_for(user.pk, secret)})


def take_second_step(client, code: str):
    return client.post("/accounts/2fa/authenticate/", {"code": code})


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def actions() -> list[str]:
    """What was recorded in the open clinic's log, in order."""
    return list(AuditEntry.objects.order_by("created_at", "id").values_list("action", flat=True))
