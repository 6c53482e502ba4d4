"""The list of erasures that outlives the database: a restored backup is of before, and they are repeated from here.

One line of JSON for each, in DATA_DIR/erasures.jsonl and in the log: ids of ours and a time, nothing of a patient.
"""

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ..models import Erasure

logger = logging.getLogger(__name__)
NAME = "erasures.jsonl"


@dataclass(frozen=True)
class Entry:
    """One erasure as the list has it."""

    clinic_id: UUID
    contact_id: UUID
    erased_at: datetime


def note(erasure: Erasure) -> None:
    """Add it to the list and to the log once this is committed; again before the worker deletes, lest that was missed.

    A line for each record that the patient's was joined from, too: a backup of before has them apart.
    """
    for contact_id in (erasure.contact_id, *erasure.former):
        line = json.dumps(
            {
                "clinic": str(erasure.clinic_id),
                "contact": str(contact_id),
                "erased_at": erasure.erased_at.isoformat(),
            }
        )
        transaction.on_commit(partial(_write, line))
        told = {"clinic_id": erasure.clinic_id, "contact_id": contact_id}
        transaction.on_commit(partial(logger.info, "erasure_begun", extra=told))


def read(path: Path) -> tuple[set[Entry], list[int]]:
    """The entries of a list, and the numbers of the lines that are none: half a line hides none of the others."""
    entries, torn = set(), []
    with path.open(errors="replace") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    entries.add(_entry(line))
                except (ValueError, KeyError, TypeError, AttributeError):
                    torn.append(number)
    return entries, torn


def _entry(line: str) -> Entry:
    told = json.loads(line)
    at = datetime.fromisoformat(told["erased_at"])
    if at.tzinfo is None:
        raise ValueError
    return Entry(UUID(told["clinic"]), UUID(told["contact"]), at)


def _write(line: str) -> None:
    """Onto the disk, readable by us only. A disk that is full must not undo what was asked for: the log has it too."""
    try:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        opened = os.open(settings.DATA_DIR / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "ab") as file:
            file.write(f"\n{line}\n".encode())  # half a line, left by a full disk, ends before it
            file.flush()
            os.fsync(opened)
    except OSError:
        logger.exception("erasure_not_listed")
