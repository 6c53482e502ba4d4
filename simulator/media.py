"""Files: stored on disk, addressed by id, downloaded through a signed URL that expires."""

import hashlib
import hmac
import time

from simulator import ogg, samples
from simulator.world import Media, Number, World, new_id

UPLOADED_S = 30 * 24 * 3600
RECEIVED_S = 7 * 24 * 3600
MB = 1024 * 1024

# What the Cloud API takes from a business, and how large.
LIMITS = {
    "audio/aac": 16 * MB, "audio/amr": 16 * MB, "audio/mpeg": 16 * MB, "audio/mp4": 16 * MB, "audio/ogg": 16 * MB,
    "text/plain": 100 * MB, "application/pdf": 100 * MB, "application/msword": 100 * MB,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 100 * MB,
    "application/vnd.ms-excel": 100 * MB,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": 100 * MB,
    "application/vnd.ms-powerpoint": 100 * MB,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": 100 * MB,
    "image/jpeg": 5 * MB, "image/png": 5 * MB, "image/webp": 500 * 1024,
    "video/mp4": 16 * MB, "video/3gpp": 16 * MB,
}  # fmt: skip


def base_type(mime_type: str) -> str:
    return mime_type.split(";")[0].strip().lower()


def store(world: World, content: bytes, mime_type: str, *, owner: str | None, lifetime: float) -> Media:
    """Keep a file and return its record."""
    identifier = new_id()
    path = world.media_dir / identifier
    path.write_bytes(content)
    record = Media(identifier, str(path), mime_type, hashlib.sha256(content).digest(), len(content), owner,
                   time.time(), lifetime)  # fmt: skip
    world.media[identifier] = record
    return record


def from_phone(world: World, number: Number | None, content: bytes, mime_type: str) -> Media:
    """A file on the patient's phone. Browsers record WebM; a phone would send Ogg, so Opus is rewrapped."""
    if base_type(mime_type) in ("audio/webm", "video/webm") and base_type(mime_type).startswith("audio"):
        content, mime_type = ogg.from_webm(content), "audio/ogg; codecs=opus"
    owner = number.phone_number_id if number else None
    return store(world, content, mime_type, owner=owner, lifetime=RECEIVED_S)


def sample(world: World, number: Number | None, kind: str) -> Media:
    content, mime_type = samples.file(kind)
    return from_phone(world, number, content, mime_type)


def living(world: World, identifier: str) -> Media | None:
    """The record, unless its time is over (7 days for received files, 30 for uploaded ones)."""
    record = world.media.get(identifier)
    return record if record and time.time() < record.created + record.lifetime else None


def signed_url(world: World, record: Media) -> str:
    """A download address good for five minutes, and only together with the bearer token."""
    expiry = int(time.time() + world.options.media_url_seconds)
    query = f"mid={record.id}&source=getMedia&ext={expiry}&hash={mark(world, record.id, expiry)}"
    return f"{world.public_url}/graph/lookaside/whatsapp_business/attachments/?{query}"


def mark(world: World, identifier: str, expiry: int) -> str:
    return hmac.new(world.media_secret, f"{identifier}/{expiry}".encode(), hashlib.sha256).hexdigest()[:40]


def is_valid_url(world: World, identifier: str, expiry: str, given: str) -> bool:
    if not expiry.isdigit() or time.time() >= int(expiry):
        return False
    return hmac.compare_digest(mark(world, identifier, int(expiry)), given)
