"""Keys for machines."""

import hashlib
import secrets
from collections import defaultdict
from uuid import UUID

from django.utils import timezone

from clinic_inbox.tenancy import current_clinic_id

from .. import audit
from ..models import ApiToken, Member


def create_api_token(
    name: str, *, sees_sensitive: bool = False, by: Member | None = None
) -> tuple[ApiToken, str]:
    """A new key to the active clinic, and its text, which cannot be had again."""
    text = f"ci_{current_clinic_id().hex}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        name=name, token_hash=digest(text), hint=text[-4:], sees_sensitive=sees_sensitive, created_by=by
    )
    detail = {"name": name, "hint": token.hint} | ({"sees": "sensitive, too"} if sees_sensitive else {})
    audit.record("api_token.created", member=by, target=token, detail=detail)
    return token, text


def revoke_api_token(token: ApiToken, *, by: Member | None) -> ApiToken:
    """End a key at once. Revoking it again changes nothing."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(
            "api_token.revoked", member=by, target=token, detail={"name": token.name, "hint": token.hint}
        )
    return token


def tokens_made_by(members: list[Member]) -> dict[UUID, list[ApiToken]]:
    """The keys that still work, by the member who made them."""
    found = defaultdict(list)
    for token in ApiToken.objects.filter(created_by__in=members, revoked_at=None).order_by("name"):
        found[token.created_by_id].append(token)
    return found


def digest(text: str) -> str:
    """What is stored of a token: its SHA-256, hex. It has 256 random bits, so it needs no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()
