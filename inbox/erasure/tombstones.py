"""What keeps the erased from coming back: keyed hashes of their addresses, and of each id that told of them.

A hash names nobody without its key, which is the clinic's own, sealed, and made with its first erasure. There are two
kinds: of persons (until a moment: what they say later is new) and of things (a message, a report: never again).
"""

import hmac
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from secrets import token_hex
from uuid import UUID

from django.db import connection

from clinic_inbox.tenancy import current_clinic_id
from integrations.whatsapp.numbers import matching_key

from ..models import Erasure, Tombstone, TombstoneKey

A_NUMBER = re.compile(r"\+?[\d ().-]{5,40}")
# Of providers' JSON: what patients say may look like an address, and is none.
NOT_ADDRESSES = {"timestamp", "phone_number_id", "display_phone_number", "body", "caption"}
PUT = """
INSERT INTO inbox_tombstone (id, clinic_id, erasure_id, digest, erased_at)
SELECT uuidv7(), %(clinic)s, %(erasure)s, digest, %(at)s FROM unnest(%(digests)s::bytea[]) AS t(digest)
ON CONFLICT (clinic_id, digest) DO UPDATE
    SET erasure_id = EXCLUDED.erasure_id, erased_at = greatest(inbox_tombstone.erased_at, EXCLUDED.erased_at)
"""
FIND = "SELECT digest, erased_at FROM inbox_tombstone WHERE clinic_id = %s AND digest = ANY(%s::bytea[])"


class Hasher:
    """Hashes under one clinic's key."""

    def __init__(self, secret: str):
        self.key = bytes.fromhex(secret)

    def person(self, address: str) -> bytes:
        """Of a number, however it is written, or of a user id."""
        digits = re.sub(r"\D", "", address) if A_NUMBER.fullmatch(address) else ""
        return self._of("person", matching_key(digits) if digits else address)

    def thing(self, external_id: str) -> bytes:
        """Of a message's id, an attempt's, or the key that makes a report one."""
        return self._of("thing", external_id)

    def _of(self, kind: str, value: str) -> bytes:
        return hmac.digest(self.key, f"{kind}:{value}".encode(), "sha256")


class Theirs:
    """Whether something that a provider told is about one of these people or things."""

    def __init__(self, hasher: Hasher, digests: Iterable[bytes]):
        self.hasher, self.digests = hasher, frozenset(digests)

    def names(self, value: str) -> bool:
        """The value is an address of theirs, or the id of something of theirs."""
        return self.hasher.person(value) in self.digests or self.hasher.thing(value) in self.digests

    def mentioned_in(self, tree) -> bool:
        """The same of any value in a tree of JSON."""
        return any(self.names(value) for value in values_in(tree))


def hasher() -> Hasher:
    """The active clinic's; its key is made when it has none."""
    found = TombstoneKey.objects.first()
    if found is None:
        made = TombstoneKey()
        made.secret = token_hex(32)
        TombstoneKey.objects.bulk_create([made], ignore_conflicts=True)
        found = TombstoneKey.objects.get()
    return Hasher(found.secret)


def put(erasure: Erasure, digests: Iterable[bytes]) -> None:
    """Keep these from coming back; what stands there from an earlier erasure is moved to this one."""
    values = {"clinic": current_clinic_id(), "erasure": erasure.pk, "at": erasure.erased_at}
    with connection.cursor() as cursor:
        cursor.execute(PUT, values | {"digests": list(set(digests))})


def find(digests: Iterable[bytes]) -> dict[bytes, datetime]:
    """Those of these hashes that stand for something erased, and since when. One look in an index."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [current_clinic_id(), list(digests)])
        return {bytes(digest): at for digest, at in cursor.fetchall()}


def theirs(erasure_id: UUID) -> Theirs:
    """Everything that one erasure has put a tombstone on so far."""
    digests = Tombstone.objects.filter(erasure=erasure_id).values_list("digest", flat=True)
    return Theirs(hasher(), map(bytes, digests))


def values_in(tree) -> Iterator[str]:
    """Every text and whole number in a tree of JSON that may be an address or an id."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name not in NOT_ADDRESSES:
                yield from values_in(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from values_in(value)
    elif (text := as_id(tree)) is not None:
        yield text


def as_id(value) -> str | None:
    """A value of JSON as an id would be compared; None for what can be none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) if 0 < len(str(value)) <= 300 else None
