"""What the runs let patients say, and the defences they take away to see the run fail."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg.sql import SQL, Identifier

from clinic_inbox.tenancy import clinic_scope
from integrations.models import WebhookEvent
from tests.factories import make_channel, make_clinic, make_conversation, make_message
from tests.faults.meta import Meta
from tests.inbox.payloads import status, text_message

PEOPLE = 40
FIRST = "wamid.first"
STATES = ("sent", "delivered", "read")
UNIQUE = "one_message_per_external_id"
DOUBLES = """
DELETE FROM inbox_message m USING inbox_message o
WHERE m.clinic_id = o.clinic_id AND m.channel_id = o.channel_id AND m.external_id = o.external_id AND m.id > o.id
"""


def a_channel(**fields):
    """A channel of a clinic of its own."""
    with clinic_scope(make_clinic().pk):
        return make_channel(**fields)


def messages(count: int, first: int = 0, age: int = 0) -> list[dict]:
    """Texts of PEOPLE patients, `age` seconds old, and older the higher their number."""
    now = int(time.time()) - age
    return [
        text_message(
            f"message {number}", f"1202555{number % PEOPLE:04}", f"wamid.fault{number}", at=now - number
        )
        for number in range(first, first + count)
    ]


def statuses(channel, count: int) -> list[dict]:
    """All statuses of messages of ours that the provider has accepted."""
    with clinic_scope(channel.clinic_id):
        conversation = make_conversation(channel=channel)
        wamids = [f"wamid.sent{number}" for number in range(count)]
        for wamid in wamids:
            make_message(conversation, direction="out", external_id=wamid)
    return [status(wamid, state) for wamid in wamids for state in STATES]


def wait_until_read(address: str, chance) -> None:
    """Until the workers have read a first message, of a clinic of its own."""
    channel = a_channel()
    meta = Meta(channel, address, chance, breath=(0, 0))
    meta.posts.put(([text_message("the first", "14045550199", FIRST)], 0))
    meta.deliver(60)
    wait_until_drained()


def wait_until_drained(seconds: float = 120) -> float:
    """Until no webhook waits to be read; returns the seconds that took."""
    connection.close()  # the server may have been another one since
    started = time.monotonic()
    while WebhookEvent.objects.filter(state="waiting").exists():
        assert time.monotonic() - started < seconds, list(
            WebhookEvent.objects.filter(state="waiting").values_list("id", "error")[:5]
        )
        time.sleep(0.2)
    return time.monotonic() - started


@contextmanager
def without_unique_messages(superuser: psycopg.Connection) -> Iterator[None]:
    """The database does not refuse a message it has already."""
    with superuser.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [UNIQUE])
        (definition,) = cursor.fetchone()
    superuser.execute(SQL("DROP INDEX {}").format(Identifier(UNIQUE)))
    try:
        yield
    finally:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(DOUBLES)
        superuser.execute("SET session_replication_role = origin")
        superuser.execute(definition)
