"""Many clinics with up to ten million messages between them, made by Postgres itself; grown from size to size.

One large clinic has four fifths of all, twenty small ones share the rest. Each conversation has ten messages.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

from bench import words
from bench.clinic import SignedIn, Workplace, make_clinics, sign_in
from bench.stage import Stage

SMALL_CLINICS = 20
EACH = 10  # messages of a conversation
SENTENCES = 20_000
TABLES = ("contacts_contact", "contacts_identity", "inbox_conversation", "inbox_message")
# Of 25 conversations the first twenty are the large clinic's; `h` jumps about, so that neighbours differ. `n` is the
# person's number in webhooks.Sender.
PEOPLE = """
CREATE UNLOGGED TABLE bench_people AS
SELECT i, i::bigint * 7919 %% 1000003 AS h, w.clinic_id, w.channel_id, uuidv7() AS contact_id, uuidv7() AS identity_id,
    uuidv7() AS conversation_id, CASE WHEN i %% 25 < 20 THEN i / 25 * 20 + i %% 25 ELSE i END AS n,
    now() - interval '2 minutes' - (i::bigint * 7919 %% 1000003) * interval '16 seconds' AS last_at
FROM generate_series(%(first)s, %(last)s - 1) i
JOIN bench_workplace w ON w.n = CASE WHEN i %% 25 < 20 THEN 0 ELSE 1 + (i / 25 * 5 + i %% 25 - 20) %% %(small)s END
"""
CONTACTS = """
INSERT INTO contacts_contact (id, clinic_id, name, is_name_edited, language, time_zone, note, created_at)
SELECT contact_id, clinic_id, one.name || ' ' || other.name || ' ' || i, false, '', '', '', now()
FROM bench_people
JOIN bench_name one ON one.n = h %% (SELECT count(*) FROM bench_name)
JOIN bench_name other ON other.n = h / 100 %% (SELECT count(*) FROM bench_name)
"""
IDENTITIES = """
INSERT INTO contacts_identity (id, clinic_id, contact_id, provider, portfolio, user_id, parent_user_id, wa_id, wa_key,
    username, profile_name, created_at)
SELECT identity_id, clinic_id, contact_id, 'whatsapp', '', 'US.900000' || lpad(n::text, 9, '0'), '', wa_id, wa_id, '',
    'Example Person ' || n, now()
FROM (SELECT *, CASE WHEN n < 80000 THEN '1' || 200 + n / 100 || '55501' || lpad((n %% 100)::text, 2, '0')
    ELSE '999' || lpad(n::text, 9, '0') END AS wa_id FROM bench_people) p
"""
CONVERSATIONS = """
INSERT INTO inbox_conversation (id, clinic_id, contact_id, identity_id, channel_id, status, last_message_at,
    last_inbound_at, unread, preview, preview_kind, preview_direction, created_at, assignee_id, team_id)
SELECT conversation_id, p.clinic_id, contact_id, identity_id, channel_id,
    CASE WHEN h %% 4 = 3 THEN 'closed' ELSE 'open' END, last_at, last_at,
    CASE WHEN h %% 16 = 0 THEN 1 ELSE 0 END, 'Could I move my visit?', 'text', 'in', now(), assignee_id, team_id
FROM bench_people p LEFT JOIN bench_holder o ON o.clinic_id = p.clinic_id AND o.n = h / 16 %% 100
"""
# Who holds which of a hundred conversations of the large clinic: two are the agent's who sees only those; two are the
# other agent's and five their team's; half are another team's, and the rest nobody's.
HOLDERS = """
WITH ours AS (INSERT INTO clinics_team (id, clinic_id, name) VALUES (uuidv7(), %(clinic)s, 'Ours') RETURNING id),
    others AS (INSERT INTO clinics_team (id, clinic_id, name) VALUES (uuidv7(), %(clinic)s, 'Others') RETURNING id),
    joined AS (INSERT INTO clinics_teammember (id, clinic_id, team_id, member_id)
        SELECT uuidv7(), %(clinic)s, id, %(team)s FROM ours)
INSERT INTO bench_holder
SELECT n, %(clinic)s::uuid, CASE WHEN n < 2 THEN %(own)s::uuid WHEN n < 4 THEN %(team)s::uuid END,
    CASE WHEN n BETWEEN 4 AND 8 THEN ours.id WHEN n > 8 THEN others.id END
FROM generate_series(0, 58) n, ours, others
"""
# External ids as long as WhatsApp's, newest first. Every other one is ours. Of the numbers they say there are 100,000:
# with a word of its own in every message the word index takes twice as long to make.
MESSAGES = """
INSERT INTO inbox_message (id, clinic_id, conversation_id, channel_id, direction, source, kind, text, content,
    external_id, reply_to_external_id, state, error_code, error_detail, gate, pricing, sent_at, attempts, created_at)
SELECT uuidv7(), clinic_id, conversation_id, channel_id, CASE WHEN k %% 2 = 0 THEN 'in' ELSE 'out' END,
    CASE WHEN k %% 2 = 0 THEN 'contact' ELSE 'agent' END, 'text',
    s.text || ' ' || (i * 10 + k) %% 100000 || CASE WHEN k = 0 AND i < 20 THEN ' {rare}' ELSE '' END,
    '{{}}', 'wamid.HBgLMTIwMjU1NTAxMDAVAgASGBQz' || lpad((i * 10 + k)::text, 12, '0'), '',
    CASE WHEN k %% 2 = 0 THEN 'received' ELSE 'sent' END, '', '', '{{}}', '{{}}', last_at - k * interval '7 minutes', 0,
    now()
FROM bench_people p CROSS JOIN generate_series(0, %(each)s - 1) k
JOIN bench_sentence s ON s.n = (h * 31 + k * 6007) %% %(sentences)s
WHERE i >= %(from)s AND i < %(to)s
"""
# The most expensive ones first.
INDEXES = """
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am a ON a.oid = c.relam WHERE i.indrelid = ANY(%s::regclass[])
ORDER BY a.amname = 'gin' DESC, pg_relation_size(i.indrelid) DESC, i.indexrelid
"""
HEADROOM = {
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "512MB",
    "max_parallel_maintenance_workers": "1",
}


@dataclass
class Filled:
    """A stage with its clinics, those who look at them, and how many conversations they have between them."""

    stage: Stage
    big: Workplace
    small: Workplace
    people: dict[str, SignedIn]
    conversations: int = 0
    long: str = ""  # a conversation with many messages
    statuses_told: int = 0  # of so many of our messages, counted as webhooks.Sender does

    @property
    def messages(self) -> int:
        return self.conversations * EACH


def prepare(stage: Stage) -> Filled:
    """The clinics, still without people, and a server that may take its time between checkpoints."""
    big, *small = make_clinics(stage, 1 + SMALL_CLINICS)
    with stage.superuser() as connection:
        _set(connection, HEADROOM)
        connection.execute("CREATE TABLE bench_workplace (n int, clinic_id uuid, channel_id uuid)")
        rows = [(at, each.clinic_id, each.channel_id) for at, each in enumerate([big, *small])]
        connection.cursor().executemany("INSERT INTO bench_workplace VALUES (%s, %s, %s)", rows)
        _keep(connection, "bench_sentence (n, text)", words.sentences(SENTENCES))
        _keep(connection, "bench_name (n, name)", words.NAMES.split())
    wanted = {
        "admin": (big, 1, "admin", "all"),
        "small": (small[0], 1, "admin", "all"),
        "team": (big, 1, "agent", "team"),
        "own": (big, 1, "agent", "own"),
    }
    people = dict(zip(wanted, sign_in(stage, *wanted.values()), strict=True))
    holders = {name: people[name].member for name in ("team", "own")}
    with stage.superuser() as connection:
        connection.execute(
            "CREATE TABLE bench_holder (n int, clinic_id uuid, assignee_id uuid, team_id uuid)"
        )
        connection.execute(HOLDERS, {"clinic": big.clinic_id, **holders})
    return Filled(stage, big, small[0], people)


def place_in_list(filled: Filled, who: SignedIn, at: int) -> tuple[str, str, str, str]:
    """The conversation at this place of the open ones, newest first: id, the cursor below it, and its parts."""
    with filled.stage.superuser() as connection:
        pk, when = connection.execute(
            "SELECT id, last_message_at FROM inbox_conversation WHERE clinic_id = %s AND status = 'open'"
            " ORDER BY last_message_at DESC, id DESC LIMIT 1 OFFSET %s",
            [who.clinic, at - 1],
        ).fetchone()
    return str(pk), f"{when.timestamp():.6f}_{pk.hex}", when.isoformat(), str(pk)


def _set(connection: psycopg.Connection, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    connection.execute("SELECT pg_reload_conf()")


def _keep(connection: psycopg.Connection, table: str, texts: list[str]) -> None:
    numbered = "SELECT n - 1, text FROM unnest(%s::text[]) WITH ORDINALITY AS t(text, n)"
    connection.execute(f"CREATE TABLE {table} AS {numbered}", [texts])
    connection.execute(f"ANALYZE {table.split()[0]}")


def grow(filled: Filled, messages: int) -> None:
    """Add people and messages until there are that many."""
    first, last = filled.conversations, messages // EACH
    with filled.stage.superuser() as connection:
        _set(connection, {"autovacuum": "off"})
        connection.execute("DROP TABLE IF EXISTS bench_people")
        connection.execute(PEOPLE, {"first": first, "last": last, "small": SMALL_CLINICS})
        connection.execute("ANALYZE bench_people")
        is_large = last - first > 20_000
        if is_large:
            _leave_indexes_behind(connection)
        parts = os.cpu_count() or 2
        _insert(filled.stage, [(CONTACTS, {})], [(IDENTITIES, {})], [(CONVERSATIONS, {})])
        step = -(-(last - first) // parts)
        values = [
            {
                "sentences": SENTENCES,
                "each": EACH,
                "from": first + step * at,
                "to": min(last, first + step * (at + 1)),
            }
            for at in range(parts)
        ]
        _insert(filled.stage, *([(MESSAGES.format(rare=words.RARE), each)] for each in values))
        connection.execute("VACUUM ANALYZE")  # while no index has to be looked through
        if is_large:
            _rebuild_indexes(filled.stage)
        connection.execute("CHECKPOINT")
        _set(connection, {"autovacuum": "on"})
    filled.conversations = last


def _leave_indexes_behind(connection: psycopg.Connection) -> None:
    """Rows that follow are not put into the indexes; rebuilding them is several times cheaper."""
    for table in TABLES:
        connection.execute(
            "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = %s::regclass",
            [table],
        )


def _rebuild_indexes(stage: Stage) -> None:
    """Make the indexes whole again, as many at a time as there are cores: by itself each of them keeps one busy."""

    def rebuild(name: str) -> None:
        with stage.superuser() as connection:
            connection.execute(f"REINDEX INDEX {name}")

    with stage.superuser() as connection:
        names = [name for (name,) in connection.execute(INDEXES, [list(TABLES)]).fetchall()]
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        list(pool.map(rebuild, names))


def _insert(stage: Stage, *groups: list[tuple[str, dict]]) -> None:
    def run(group):
        with stage.superuser() as connection:
            connection.execute("SET session_replication_role = replica")  # no foreign key is looked up
            for statement, values in group:
                connection.execute(statement, values)

    with ThreadPoolExecutor(len(groups)) as pool:
        list(pool.map(run, groups))
