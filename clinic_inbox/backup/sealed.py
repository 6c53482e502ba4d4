"""A stream of bytes in authenticated chunks: nothing can be read, changed, reordered, left out or cut off.

`magic | key id length (1) | key id | salt (32) | chunks`, a chunk being `length (4) | AES-256-GCM of up to 1 MiB`. Each
file has a key of its own, made from BACKUP_KEY and the salt. The chunk's number is its nonce; head, number and whether
it is the last are associated data.
"""

import base64
import binascii
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"clinic-inbox backup 1\n"
CHUNK = 1024 * 1024
TAG_BYTES = 16
SALT_BYTES = 32


class Damaged(Exception):
    """The file is not a whole backup of ours under a key we have. The text says what was seen."""


class NoKey(Exception):
    """BACKUP_KEY is missing or is no key."""


def keys(spec: str) -> dict[str, bytes]:
    """The keys of BACKUP_KEY by id, the first being the one that seals. Raises NoKey."""
    pairs = [entry.strip().partition(":") for entry in spec.split(",") if entry.strip()]
    try:
        found = {key_id: base64.b64decode(key, validate=True) for key_id, _, key in pairs}
    except binascii.Error:
        raise NoKey("BACKUP_KEY is not base64") from None
    if not found or any(len(key) != 32 or not 0 < len(name) < 200 for name, key in found.items()):
        raise NoKey("BACKUP_KEY must be set: id:base64 of 32 bytes")
    return found


class Writer:
    """Encrypts what is written to it. Only finish() makes the file whole."""

    def __init__(self, file: BinaryIO, spec: str):
        key_id, key = next(iter(keys(spec).items()))
        name, salt = key_id.encode(), os.urandom(SALT_BYTES)
        self.head = MAGIC + bytes([len(name)]) + name + salt
        self.file, self.cipher = file, _cipher(key, salt)
        self.waiting, self.number = bytearray(), 0
        file.write(self.head)

    def write(self, data: bytes) -> int:
        self.waiting += data
        while len(self.waiting) > CHUNK:
            self._put(bytes(self.waiting[:CHUNK]), is_last=False)
            del self.waiting[:CHUNK]
        return len(data)

    def finish(self) -> None:
        self._put(bytes(self.waiting), is_last=True)

    def _put(self, plain: bytes, *, is_last: bool) -> None:
        nonce = self.number.to_bytes(12, "big")
        sealed = self.cipher.encrypt(nonce, plain, self.head + nonce + bytes([is_last]))
        self.file.write(len(sealed).to_bytes(4, "big") + sealed)
        self.number += 1


class Reader:
    """Decrypts a file that Writer made. Raises Damaged as soon as a chunk is not what it was."""

    def __init__(self, file: BinaryIO, spec: str):
        self.file, known = file, keys(spec)
        if file.read(len(MAGIC)) != MAGIC:
            raise Damaged("this is no backup of Clinic Inbox")
        name = self._exactly(self._exactly(1)[0])
        salt = self._exactly(SALT_BYTES)
        key_id = name.decode(errors="replace")
        if key_id not in known:
            raise Damaged(f"it needs the key {key_id!r}, which BACKUP_KEY does not have")
        self.head = MAGIC + bytes([len(name)]) + name + salt
        self.cipher = _cipher(known[key_id], salt)
        self.waiting, self.number, self.is_over = b"", 0, False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        parts = []
        while size and (self.waiting or not self.is_over):
            if not self.waiting:
                self.waiting = self._chunk()
            parts.append(self.waiting[:size])
            self.waiting = self.waiting[size:]
            size -= len(parts[-1])
        return b"".join(parts)

    def finish(self) -> None:
        """Read on to the end, which must be the real one."""
        while self.read(CHUNK):
            pass
        if self.file.read(1):
            raise Damaged("something follows the end")

    def _chunk(self) -> bytes:
        sealed = self._exactly(min(int.from_bytes(self._exactly(4), "big"), CHUNK + TAG_BYTES))
        nonce = self.number.to_bytes(12, "big")
        for is_last in (False, True):
            try:
                plain = self.cipher.decrypt(nonce, sealed, self.head + nonce + bytes([is_last]))
            except InvalidTag:
                continue
            self.number, self.is_over = self.number + 1, is_last
            return plain
        raise Damaged(f"chunk {self.number} was changed, or the key is another")

    def _exactly(self, size: int) -> bytes:
        data = self.file.read(size)
        if len(data) < size:
            raise Damaged("the end is missing")
        return data


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"clinic-inbox backup file").derive(key))
