"""Telling a browser through its maker's push service: encrypted for it alone (RFC 8291), signed (RFC 8292)."""

import base64
import os
import time
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from urllib.parse import urlsplit

import httpx2
import jwt
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integrations import http

LIFETIME = 4 * 3600  # seconds a push service keeps what it cannot deliver yet
TOKEN_LIFETIME = 12 * 3600  # of at most 24 hours
RECORD = 4096  # the size of the one record of the body
SECONDS = 5  # a push service answers within one; others wait behind
MOST = 3000  # bytes of a payload; push services take 4096 of a whole body
CURVE = ec.SECP256R1()
LONGEST_ADDRESS = 1000
GONE = (404, 410)
TAKEN = (200, 201, 202, 204)


class Invalid(Exception):
    """This is not what a browser gives as its address."""


class Outcome(Enum):
    TOLD = auto()
    GONE = auto()  # the browser wishes it no longer, or is no more
    FAILED = auto()


@dataclass(frozen=True)
class Target:
    """One browser: the address of its push service, its public key (65 bytes) and its secret (16 bytes)."""

    endpoint: str
    public_key: bytes
    secret: bytes

    @classmethod
    def read(cls, text: str) -> "Target":
        """What PushSubscription.toJSON() gives, as text. Raises Invalid."""
        try:
            told = orjson.loads(text)
            keys = told["keys"]
            target = cls(str(told["endpoint"]), from_base64(keys["p256dh"]), from_base64(keys["auth"]))
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, target.public_key)
            is_address = _is_address(target.endpoint)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Invalid from error
        if len(target.secret) != 16 or not is_address:
            raise Invalid
        return target

    def written(self) -> str:
        """Text that read() takes."""
        keys = {"p256dh": to_base64(self.public_key), "auth": to_base64(self.secret)}
        return orjson.dumps({"endpoint": self.endpoint, "keys": keys}).decode()


def public_key(key: str) -> str:
    """What a browser is given as `applicationServerKey`, for the private key of PUSH_KEY."""
    return to_base64(_point(_private(key)))


async def send(client: http.Client, target: Target, payload: dict, *, key: str, subject: str) -> Outcome:
    """Hand a small JSON value to the push service of one browser. Never raises what the network does.

    `key` is PUSH_KEY, `subject` the address under which the operator can be reached.
    """
    headers = {
        "Authorization": f"vapid t={_token(target.endpoint, key, subject)}, k={public_key(key)}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(LIFETIME),
        "Urgency": "high",
    }
    body = encrypt(orjson.dumps(payload), target)
    try:
        reply = await http.request(
            client, "POST", target.endpoint, headers=headers, content=body, seconds=SECONDS
        )
    except (*http.NOT_SENT, *http.INTERRUPTED, http.Forbidden, http.TooLarge, ValueError, httpx2.InvalidURL):
        return Outcome.FAILED
    if reply.status in GONE:
        return Outcome.GONE
    return Outcome.TOLD if reply.status in TAKEN else Outcome.FAILED


def encrypt(payload: bytes, target: Target, *, private=None, salt: bytes = b"") -> bytes:
    """The body of a push message. `private` and `salt` are made anew for each one unless a test gives them."""
    if len(payload) > MOST:
        raise ValueError("the payload is too long")
    private = private or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(16)
    theirs, ours = target.public_key, _point(private)
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    material = _derive(shared, target.secret, b"WebPush: info\0" + theirs + ours, 32)
    content_key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(content_key).encrypt(nonce, payload + b"\x02", None)


def to_base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Raises ValueError for what is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _is_address(endpoint: str) -> bool:
    """Raises ValueError for a port that is none."""
    parts = urlsplit(endpoint)
    is_written_out = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    is_web = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    return len(endpoint) <= LONGEST_ADDRESS and is_written_out and is_web


def _token(endpoint: str, key: str, subject: str) -> str:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + TOKEN_LIFETIME,
        "sub": subject,
    }
    return jwt.encode(claims, _private(key), algorithm="ES256")


@cache
def _private(key: str) -> ec.EllipticCurvePrivateKey:
    """The private key that the 32 bytes of PUSH_KEY stand for."""
    return ec.derive_private_key(int.from_bytes(base64.b64decode(key)), CURVE)


def _point(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)
