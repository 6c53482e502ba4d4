"""Reading JSON that anybody may have written: nothing here trusts a type, a length or a depth."""

import hashlib
import json
import math
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import UTC, datetime

import orjson

from integrations.events import Unreadable

MAX_DEPTH = 64  # WhatsApp's own payloads stay under 20
EARLIEST = 1_230_768_000  # 2009, the year of the first WhatsApp message; anything older is a mistake
AHEAD = 3600  # seconds a provider's clock may run before ours
REPLACEMENT = "\ufffd"


def load(body: bytes | str):
    """The JSON value of a body, without NUL, lone surrogates or numbers that are none. Raises Unreadable."""
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:
        return clean(_load_slowly(body))
    # Postgres stores neither NUL nor a broken pair; asking the raw bytes spares walking every tree.
    escape = b"\\u0000" if isinstance(body, bytes) else "\\u0000"
    return clean(tree) if escape in body else tree


def _load_slowly(body: bytes | str):
    if isinstance(body, bytes):
        body = body.decode("utf-8-sig", "replace")
    try:
        return json.loads(body, parse_int=_integer, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else float(digits)


def clean(value, depth: int = MAX_DEPTH):
    """A copy that Postgres can store: no NUL, lone surrogate or infinity, and no deeper than `depth`."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict | list) and not depth:
        return None
    if isinstance(value, dict):
        return {clean_text(key): clean(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item, depth - 1) for item in value]
    return value


def clean_text(value: str) -> str:
    """The text with what Postgres cannot store replaced."""
    value = value.replace("\0", REPLACEMENT)
    try:
        value.encode()
    except UnicodeEncodeError:
        return "".join(REPLACEMENT if "\ud800" <= letter <= "\udfff" else letter for letter in value)
    return value


def text(value, limit: int | None = None) -> str:
    """The value when it is text, cut at the limit; "" for anything else."""
    return value[:limit] if type(value) is str else ""


def ident(value, limit: int = 300) -> str:
    """An id: text or a whole number. "" when it is neither, or too long to be one."""
    if type(value) is str:
        return value if len(value) <= limit else ""
    return str(value) if type(value) is int else ""


def number(value) -> float | int | None:
    """A finite number, also when written as text; None for anything else."""
    if type(value) is str and len(value) < 40:
        try:
            value = float(value)
        except ValueError:
            return None
        value = int(value) if value.is_integer() else value
    if type(value) is int:
        return value
    return value if type(value) is float and math.isfinite(value) else None


def moment(value, now: float) -> datetime:
    """The time of a Unix timestamp in seconds, ms or µs, as text or number; `now` when it makes no sense.

    A time far ahead would hold the reply window open for ever, and one in 1970 would hide the message.
    """
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = 0.0
    if seconds > 1e14:
        seconds /= 1e6
    elif seconds > 1e11:
        seconds /= 1e3
    if not EARLIEST <= seconds <= now + AHEAD:
        seconds = now
    return datetime.fromtimestamp(seconds, UTC)


def objects(value) -> list[dict]:
    """The objects in a list; a single object counts as a list of one."""
    if type(value) is dict:
        return [value]
    return [item for item in value if type(item) is dict] if type(value) is list else []


def mapping(value) -> dict:
    """The value when it is an object, else an empty one."""
    return value if type(value) is dict else {}


def errors(value) -> list[dict]:
    """Provider errors as [{"code", "title", "details"}], all text."""
    return [
        {
            "code": ident(error.get("code"), 20),
            "title": text(error.get("title"), 200) or text(error.get("message"), 200),
            "details": text(mapping(error.get("error_data")).get("details") or error.get("details"), 300),
        }
        for error in objects(value)
    ]


def hex_digest(value) -> str:
    """A SHA-256 as hex, told as base64 (webhooks) or hex (media lookup); "" when it is no such digest."""
    value = text(value)
    if len(value) == 64:
        return value.lower() if all(letter in "0123456789abcdefABCDEF" for letter in value) else ""
    try:
        digest = b64decode(value, validate=True)
    except (Base64Error, ValueError):
        return ""
    return digest.hex() if len(digest) == 32 else ""


def fingerprint(*parts) -> str:
    """SHA-256 hex of what makes something one thing; parts are clean JSON values."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
