"""Queued messages, as `send_message` leaves them, and their bells: `python -m bench.queueing` reads what to queue when.

Made by the set, because what is measured is sending them.
"""

import json
import os
import sys
import time

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_inbox.settings")
django.setup()

from bench.queueing_told import Batch  # noqa: E402
from inbox import bells  # noqa: E402

QUEUE = """
INSERT INTO inbox_message (id, clinic_id, conversation_id, channel_id, direction, source, kind, text, content,
    reply_to_external_id, client_id, state, error_code, error_detail, gate, pricing, sent_at, due_at, attempts,
    created_at)
SELECT uuidv7(), clinic_id, id, channel_id, 'out', 'agent', 'text', %(mark)s || n, '{}', '', %(mark)s || n,
    'queued', '', '', '{}', '{}', clock_timestamp(), clock_timestamp(), 0, clock_timestamp()
FROM (SELECT c.*, row_number() OVER (ORDER BY id) AS n FROM inbox_conversation c WHERE channel_id = %(channel)s) c
WHERE n > %(first)s AND n <= %(first)s + %(count)s
"""


def main(superuser_url: str) -> None:
    batches = [Batch(**each) for each in json.load(sys.stdin)]
    started = time.monotonic()
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for batch in sorted(batches, key=lambda batch: batch.after):
            time.sleep(max(0.0, started + batch.after - time.monotonic()))
            connection.execute(QUEUE, vars(batch))
            bells.ring_now(bells.DELIVER, batch.clinic, batch.channel)


if __name__ == "__main__":
    main(sys.argv[1])
