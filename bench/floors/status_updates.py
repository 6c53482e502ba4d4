"""The floors of moving a message's state: rows told in bulk, kept and applied 500 at a time; and one commit per row.

One connection, no HTTP, nothing to read or to verify; only forward, as the product does.
"""

import time

import psycopg

BATCH = 500
SETUP = """
CREATE TABLE IF NOT EXISTS told_status (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, external_id text, status text,
    told_at timestamptz DEFAULT now(),
    UNIQUE (external_id, status));
CREATE TABLE IF NOT EXISTS plain_message (external_id text PRIMARY KEY, rank smallint NOT NULL, words text)
    WITH (fillfactor = 80);
"""
FILL = """
INSERT INTO plain_message SELECT 'wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQz' || lpad(n::text, 12, '0'), 3,
    repeat('Could I move my visit? ', 4) FROM generate_series(%(first)s::int, %(last)s::int) n
"""
KEEP = """
INSERT INTO told_status (external_id, status) SELECT * FROM unnest(%(ids)s::text[], %(statuses)s::text[])
ON CONFLICT DO NOTHING
"""
MOVE = """
UPDATE plain_message m SET rank = t.rank
FROM (SELECT id, max(rank) AS rank FROM unnest(%(ids)s::text[], %(ranks)s::int[]) AS u(id, rank) GROUP BY id) t
WHERE m.external_id = t.id AND m.rank < t.rank
"""
RANKS = {"delivered": 5, "read": 6}


def fill(connection: psycopg.Connection, messages: int) -> None:
    connection.execute(SETUP)
    connection.execute(FILL, {"first": 0, "last": messages - 1})
    connection.execute("VACUUM ANALYZE plain_message")


def rate(connection: psycopg.Connection, first: int, count: int, batch: int = BATCH) -> float:
    """Statuses a second: two for each of `count` messages, committed `batch` at a time."""
    told = [
        (f"wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQz{n:012}", status)
        for n in range(first, first + count)
        for status in RANKS
    ]
    started = time.perf_counter()
    for at in range(0, len(told), batch):
        part = told[at : at + batch]
        values = {
            "ids": [external_id for external_id, _ in part],
            "statuses": [status for _, status in part],
            "ranks": [RANKS[status] for _, status in part],
        }
        with connection.transaction():
            connection.execute(KEEP, values)
            connection.execute(MOVE, values)
    return len(told) / (time.perf_counter() - started)
