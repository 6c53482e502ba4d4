"""Secrets at rest: AES-256-GCM under a key ring, bound to the row they belong to.

A sealed value is `key id length (1 byte) | key id | nonce (12 bytes) | ciphertext`. The context (clinic, table, row,
column) is associated data, so a value copied to another row or clinic does not open.
"""

import base64
import hmac
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12


@cache
def _keys(spec: str) -> dict[str, bytes]:
    pairs = [entry.strip().partition(":") for entry in spec.split(",") if entry.strip()]
    if not pairs:
        raise ImproperlyConfigured("KEY_RING is empty: give at least one id:base64-of-32-bytes")
    return {key_id: base64.b64decode(key) for key_id, _, key in pairs}


@cache
def _ring(spec: str) -> dict[str, AESGCM]:
    return {key_id: AESGCM(key) for key_id, key in _keys(spec).items()}


def active_key_id() -> str:
    """The id of the key that new values are sealed with: the first of KEY_RING."""
    return next(iter(_ring(settings.KEY_RING)))


def seal(value: bytes, context: str) -> bytes:
    """Encrypt `value` so that it opens only with the same context."""
    key_id = active_key_id()
    nonce = os.urandom(NONCE_BYTES)
    name = key_id.encode()
    sealed = _ring(settings.KEY_RING)[key_id].encrypt(nonce, value, context.encode())
    return bytes([len(name)]) + name + nonce + sealed


def unseal(blob: bytes, context: str) -> bytes:
    """Decrypt. Raises cryptography's InvalidTag for a wrong context, KeyError for a key no longer in the ring."""
    blob = bytes(blob)
    start = 1 + blob[0]
    key = _ring(settings.KEY_RING)[sealed_with(blob)]
    nonce, ciphertext = blob[start : start + NONCE_BYTES], blob[start + NONCE_BYTES :]
    return key.decrypt(nonce, ciphertext, context.encode())


def sealed_with(blob: bytes) -> str:
    """The id of the key a sealed value needs."""
    return bytes(blob[1 : 1 + blob[0]]).decode()


def sign(value: bytes, purpose: str, key_id: str = "") -> bytes:
    """HMAC-SHA-256 under a key made of the named (or the active) one for this purpose alone.

    Raises KeyError for a key no longer in the ring.
    """
    key = _keys(settings.KEY_RING)[key_id or active_key_id()]
    return hmac.digest(hmac.digest(key, purpose.encode(), "sha256"), value, "sha256")


class Sealed:
    """A model attribute that reads and writes text, kept encrypted in the binary column `<name>_sealed`."""

    def __set_name__(self, owner, name):
        self.name = name
        self.column = f"{name}_sealed"

    def __get__(self, row, owner=None):
        if row is None:
            return self
        blob = getattr(row, self.column)
        return unseal(blob, self.context(row)).decode() if blob else ""

    def __set__(self, row, text: str) -> None:
        setattr(row, self.column, seal(text.encode(), self.context(row)) if text else b"")

    def context(self, row) -> str:
        """Associated data: the clinic (or `platform`), the table, the row, the column."""
        return f"{row.clinic_id or 'platform'}:{row._meta.db_table}:{row.pk}:{self.column}"
