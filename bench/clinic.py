"""A clinic to measure with: its number, and as many people and messages as are wanted, made by the set."""

import json
from dataclasses import dataclass
from uuid import UUID

from bench import webhooks
from bench.stage import Stage

SECRET = "bench-app-secret"
NOWHERE = "http://127.0.0.1:1"
PEOPLE = """
CREATE TABLE bench_people AS
SELECT i, uuidv7() AS contact_id, uuidv7() AS identity_id, uuidv7() AS conversation_id,
    CASE WHEN i < 80000 THEN '1' || 200 + i / 100 || '55501' || lpad((i %% 100)::text, 2, '0') END AS wa_id,
    now() - interval '1 minute' - i * interval '20 seconds' AS last_at
FROM generate_series(0, %(contacts)s - 1) i
"""
CONTACTS = """
INSERT INTO contacts_contact (id, clinic_id, name, is_name_edited, language, time_zone, note, created_at)
SELECT contact_id, %(clinic)s, 'Example Person ' || i, false, '', '', '', now() FROM bench_people
"""
IDENTITIES = """
INSERT INTO contacts_identity (id, clinic_id, contact_id, provider, portfolio, user_id, parent_user_id, wa_id, wa_key,
    username, profile_name, created_at)
SELECT identity_id, %(clinic)s, contact_id, 'whatsapp', '', 'US.900000' || lpad(i::text, 9, '0'), '', wa_id,
    coalesce(wa_id, ''), '', 'Example Person ' || i, now()
FROM bench_people
"""
# Three quarters are open, a sixteenth unread.
CONVERSATIONS = """
INSERT INTO inbox_conversation (id, clinic_id, contact_id, identity_id, channel_id, status, last_message_at,
    last_inbound_at, unread, preview, preview_kind, preview_direction, created_at)
SELECT conversation_id, %(clinic)s, contact_id, identity_id, %(channel)s,
    CASE WHEN i %% 4 = 3 THEN 'closed' ELSE 'open' END, last_at, last_at,
    CASE WHEN i %% 16 = 0 THEN 1 ELSE 0 END, 'Could I move my visit?', 'text', 'in', now()
FROM bench_people
"""
MESSAGES = """
INSERT INTO inbox_message (id, clinic_id, conversation_id, channel_id, direction, source, kind, text, content,
    external_id, reply_to_external_id, state, error_code, error_detail, gate, pricing, sent_at, attempts, created_at)
SELECT uuidv7(), %(clinic)s, conversation_id, %(channel)s, CASE WHEN n %% 2 = 0 THEN 'in' ELSE 'out' END,
    CASE WHEN n %% 2 = 0 THEN 'contact' ELSE 'agent' END, 'text',
    'Could I move my visit on Thursday to the week after? Any time before noon is fine. Number ' || n,
    '{}', 'wamid.before-' || i || '-' || n, '', CASE WHEN n %% 2 = 0 THEN 'received' ELSE 'read' END,
    '', '', '{}', '{}', last_at - n * interval '7 minutes', 0, now()
FROM bench_people, generate_series(0, %(each)s - 1) n
"""
LENGTHEN = """
INSERT INTO inbox_message (id, clinic_id, conversation_id, channel_id, direction, source, kind, text, content,
    external_id, reply_to_external_id, state, error_code, error_detail, gate, pricing, sent_at, attempts, created_at)
SELECT uuidv7(), clinic_id, id, channel_id, 'in', 'contact', 'text', 'Could I move my visit? Number ' || n, '{}',
    'wamid.longer-' || id || '-' || n, '', 'received', '', '', '{}', '{}', last_message_at - n * interval '1 hour', 0,
    now()
FROM inbox_conversation, generate_series(1, %(messages)s) n WHERE id = %(conversation)s
"""


@dataclass(frozen=True)
class SignedIn:
    """A member who is signed in."""

    clinic: str
    member: str
    cookie: str


@dataclass(frozen=True)
class Workplace:
    """One clinic with one WhatsApp number."""

    slug: str

    clinic_id: UUID
    channel_id: UUID
    sender: dict  # arguments of webhooks.Sender


def make_clinic(stage: Stage, *, contacts: int = 5_000, graph: str = NOWHERE) -> Workplace:
    """A clinic called "bench" with one number."""
    (workplace,) = make_clinics(stage, 1, contacts=contacts, graph=graph)
    return workplace


def make_clinics(
    stage: Stage, count: int, *, contacts: int = 5_000, graph: str = NOWHERE, per_second: int = 80
) -> list[Workplace]:
    """Clinics called "bench", "bench1" … with a number each. `graph`: where they send to, `per_second`: how fast."""
    slugs = ["bench", *(f"bench{at}" for at in range(1, count))]
    clinics = stage.run_commands(
        [["create_clinic", "--name=Clinic Example", f"--slug={slug}"] for slug in slugs]
    )
    numbers = [(f"1{at + 1:014}", f"2{at + 1:014}") for at in range(count)]
    channels = stage.run_commands(
        [
            [
                "add_whatsapp_channel", f"--clinic={slug}", f"--phone-number-id={number}", f"--waba-id={business}",
                f"--app-secret={SECRET}", "--verify-token=bench", "--access-token=bench", f"--graph-url={graph}",
            ]
            for slug, (number, business) in zip(slugs, numbers, strict=True)
        ]
    )  # fmt: skip
    with stage.superuser() as connection:
        connection.execute("UPDATE integrations_channel SET sends_per_second = %s", [per_second])
    return [
        Workplace(
            slug, UUID(clinic["id"]), UUID(channel["id"]),
            vars(webhooks.Sender(channel["webhook_path"], SECRET, business, number, contacts)),
        )
        for slug, clinic, channel, (number, business) in zip(slugs, clinics, channels, numbers, strict=True)
    ]  # fmt: skip


def sign_in(stage: Stage, *wanted: tuple[Workplace, int, str, str]) -> list[SignedIn]:
    """New members of clinics: of each so many, in which role, and whether they see "all", "team" or "own"."""
    told = [(place.slug, count, role, visibility) for place, count, role, visibility in wanted]
    made = json.loads(stage.run_once("bench.sessions", told=json.dumps(told)))
    clinics = [str(place.clinic_id) for place, count, *_ in wanted for _ in range(count)]
    return [SignedIn(clinic, **each) for clinic, each in zip(clinics, made, strict=True)]


def fill(stage: Stage, *places: Workplace, each: int) -> None:
    """In each of these its people with a conversation of `each` messages, the first ones heard from last."""
    with stage.superuser() as connection:
        for place in places:
            values = {"clinic": place.clinic_id, "channel": place.channel_id, "each": each}
            values["contacts"] = place.sender["contacts"]
            for statement in (PEOPLE, CONTACTS, IDENTITIES, CONVERSATIONS, MESSAGES):
                connection.execute(statement, values)
            connection.execute("DROP TABLE bench_people")
        connection.execute("VACUUM ANALYZE")


def lengthen(stage: Stage, conversation_id: str, *, messages: int) -> None:
    """Give one conversation many messages more."""
    with stage.superuser() as connection:
        connection.execute(LENGTHEN, {"conversation": conversation_id, "messages": messages})
        connection.execute("VACUUM ANALYZE inbox_message")
