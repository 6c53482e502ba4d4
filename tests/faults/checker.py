"""What must be true of the history when everything has come to rest.

Each check takes a superuser's connection, which sees every clinic, and returns how many times it found wrong.
"""

import json
from collections.abc import Iterable

import psycopg

RANKS = ("sent", "delivered", "read", "played")

STORED = "SELECT external_id FROM inbox_message WHERE direction = 'in' AND source = 'contact'"
DOUBLED = {
    "messages": """
        SELECT count(*) - count(DISTINCT (channel_id, external_id)) FROM inbox_message WHERE external_id IS NOT NULL""",
    "statuses": """
        SELECT count(*) - count(DISTINCT (channel_id, external_id, recipient, status, occurred_at))
        FROM inbox_statusevent""",
    "conversations": "SELECT count(*) - count(DISTINCT (channel_id, identity_id)) FROM inbox_conversation",
    "identities": "SELECT count(*) - count(DISTINCT (clinic_id, provider, wa_id)) FROM contacts_identity",
    "episodes": """
        SELECT count(*) - count(DISTINCT conversation_id) FROM inbox_episode WHERE closed_at IS NULL""",
    "files": """
        SELECT count(*) - count(DISTINCT message_id) FROM inbox_attachment WHERE message_id IS NOT NULL""",
}
# Nobody reads or answers in these runs: every message of a patient is an unread one.
MISCOUNTED = """
SELECT count(*) FROM inbox_conversation c WHERE c.unread <> (SELECT count(*) FROM inbox_message m
    WHERE m.conversation_id = c.id AND m.direction = 'in' AND m.source = 'contact')
"""
GAPS = """
SELECT count(*) FROM inbox_feed f
WHERE ARRAY(SELECT seq FROM inbox_change c WHERE c.clinic_id = f.clinic_id ORDER BY seq)
    <> ARRAY(SELECT generate_series(1, f.seq))
"""
STUCK = {
    "webhooks": "SELECT count(*) FROM integrations_webhookevent WHERE state IN ('waiting', 'dead')",
    "sends": "SELECT count(*) FROM inbox_message WHERE state IN ('queued', 'claimed')",
    "files": """
        SELECT count(*) FROM inbox_attachment WHERE state = 'waiting' AND message_id IS NOT NULL
        AND due_at < now() - interval '1 minute'""",
}
REACHED = """
SELECT m.state, array_agg(s.status) FROM inbox_message m
JOIN inbox_statusevent s ON s.clinic_id = m.clinic_id AND s.channel_id = m.channel_id AND s.external_id = m.external_id
WHERE m.direction = 'out' GROUP BY m.id, m.state
"""


def lost(superuser: psycopg.Connection, acknowledged: Iterable[str]) -> int:
    """Messages that got a 200 and are not stored."""
    stored = {external_id for (external_id,) in superuser.execute(STORED)}
    return len({key for key in acknowledged if " " not in key} - stored)


def invented(superuser: psycopg.Connection, sent: Iterable[str]) -> int:
    """Messages stored that nobody sent."""
    return len({external_id for (external_id,) in superuser.execute(STORED)} - set(sent))


def doubled(superuser: psycopg.Connection) -> int:
    """Rows that should be one: messages, statuses, conversations, people, open episodes, files."""
    return sum(superuser.execute(query).fetchone()[0] for query in DOUBLED.values())


def miscounted(superuser: psycopg.Connection) -> int:
    """Conversations whose unread counter is not the number of their patient's messages."""
    return superuser.execute(MISCOUNTED).fetchone()[0]


def gaps(superuser: psycopg.Connection) -> int:
    """Clinics whose numbers of changes are not 1, 2, 3 … up to the counter."""
    return superuser.execute(GAPS).fetchone()[0]


def stuck(superuser: psycopg.Connection) -> int:
    """What still waits when nothing should: webhooks, sends, files."""
    return sum(superuser.execute(query).fetchone()[0] for query in STUCK.values())


def backward(superuser: psycopg.Connection) -> int:
    """Messages that show less than the furthest status that was told about them."""
    wrong = 0
    for state, told in superuser.execute(REACHED):
        known = [RANKS.index(status) for status in told if status in RANKS]
        wrong += state in RANKS and bool(known) and RANKS.index(state) < max(known)
    return wrong


def inbound(
    superuser: psycopg.Connection, acknowledged: Iterable[str], sent: Iterable[str]
) -> dict[str, int]:
    """All that must be zero after messages came in."""
    return {
        "lost": lost(superuser, acknowledged),
        "invented": invented(superuser, sent),
        "doubled": doubled(superuser),
        "miscounted": miscounted(superuser),
        "gaps": gaps(superuser),
        "backward": backward(superuser),
        "stuck": stuck(superuser),
    }


def say(run: str, wrong: dict[str, int], **told) -> None:
    """One line of counts, for whoever reads the output of a run."""
    print(f"\ncounts {json.dumps({'run': run} | told | wrong, default=str)}")
