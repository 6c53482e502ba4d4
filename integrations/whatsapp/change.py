"""One change of a webhook body, and the reports made of what has no event of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from integrations.events import ChannelReport
from integrations.whatsapp.reading import clean, fingerprint, ident, moment, objects


@dataclass(frozen=True, slots=True)
class Change:
    """A field's value, where it was for, and when: `time` as the entry told it, `now` in Unix seconds."""

    field: str
    value: dict
    number_id: str
    business_id: str
    time: int | str | None
    now: float

    @property
    def contacts(self) -> list[dict]:
        """The people named beside the items."""
        return objects(self.value.get("contacts"))

    def items(self, name: str) -> Iterator:
        """What a list of the value holds, whatever it is; one thing alone counts as a list of one."""
        found = self.value.get(name)
        if found is not None:
            yield from found if type(found) is list else [found]


def report(change: Change, kind: str, payload, *, at=None, key: tuple | None = None) -> ChannelReport:
    """A report of something told. `key` is what makes it one event where the provider gives it an id.

    Without one its whole content and the entry's time are, for the same news may come again another day.
    """
    payload = clean(payload if type(payload) is dict else {"value": payload})
    own = key if key is not None else (change.business_id, ident(change.time), kind, payload)
    dedupe_key = fingerprint(change.field, change.number_id, *own)
    occurred_at = moment(change.time if at is None else at, change.now)
    return ChannelReport(change.field, kind[:60], payload, occurred_at, dedupe_key)
