"""What passes between claiming, sending and recording. No rows: sending happens outside every scope."""

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from integrations.events import File, Outgoing, ProviderError, Receipt
from integrations.models import Template

from .. import outgoing
from ..models import Message

# Goes on while the machine sleeps, where there is such a clock: a lease that ran out meanwhile has run out.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed() -> float:
    """Seconds on a clock that nobody sets."""
    return time.clock_gettime(_CLOCK)


def first_id_at(moment: datetime) -> UUID:
    """The smallest id that a row made at that moment can have: ids sort by time, so this bounds a search."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


class LeaseLost(Exception):
    """Too late to send: others may have decided about this message meanwhile. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file the provider does not hold yet: to be uploaded before the message."""

    attachment_id: UUID
    name: str  # in our storage
    content_type: str
    filename: str


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One claimed message with all that sending it needs, loaded: no query follows. `lease_ends`: elapsed()'s clock."""

    attempt_id: UUID
    message: Message
    number: int  # which try of the message this is
    lease_ends: float
    template: Template | None = None
    file: File | None = None
    upload: Upload | None = None

    def compose(self, file: File | None) -> Outgoing:
        """The message as the adapter takes it, with its file."""
        return outgoing.compose(
            self.message, attempt_id=self.attempt_id.hex, file=file, template=self.template
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one job: exactly one of receipt and error. `media_id` when a file was uploaded on the way."""

    job: Job
    receipt: Receipt | None = None
    error: ProviderError | None = None
    media_id: str = ""
