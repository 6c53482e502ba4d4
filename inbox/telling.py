"""What of a change a member's socket is told: the topics of what they see, and when to look at the whole list anew.

Besides those of realtime.py a change carries topics for the ones whose sight it changes. No browser hears those; it
hears `list`: "what you see may be another now".
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection

from clinic_inbox.tenancy import current_clinic_id

from . import realtime
from .models import Conversation
from .sight import Facts, Sight

LIST = "list"
ADMINS, EVERYBODY, NOBODYS = "sight-admins", "sight-all", "left-nobody"

# One statement for all sockets of a clinic in a process: its members as they are now, and what the topics name.
LOOK = """
SELECT
    (SELECT coalesce(json_agg(json_build_array(m.id, m.role IN ('owner', 'admin'), m.visibility,
        ARRAY(SELECT t.team_id FROM clinics_teammember t WHERE t.clinic_id = m.clinic_id AND t.member_id = m.id),
        (SELECT json_object_agg(g.conversation_id, g.ends_at) FROM
            (SELECT conversation_id, max(ends_at) AS ends_at FROM inbox_glassbreak
             WHERE clinic_id = m.clinic_id AND member_id = m.id AND ends_at > now() GROUP BY 1) g))), '[]')
     FROM clinics_member m WHERE m.clinic_id = %(clinic)s AND m.id = ANY(%(members)s::uuid[])),
    (SELECT coalesce(json_agg(json_build_array(c.id, c.contact_id, c.assignee_id, c.team_id, c.is_sensitive)), '[]')
     FROM inbox_conversation c WHERE c.clinic_id = %(clinic)s
        AND (c.id = ANY(%(conversations)s::uuid[]) OR c.contact_id = ANY(%(contacts)s::uuid[]))),
    EXISTS (SELECT FROM inbox_conversation c WHERE c.clinic_id = %(clinic)s AND c.is_sensitive)
"""


def sight_of(member_id) -> str:
    """The topic "this member sees something else now"."""
    return f"sight-member-{member_id}"


def left(conversation: Conversation) -> list[str]:
    """The topics for those who lose a conversation that is about to be given to somebody else."""
    if conversation.assignee_id:
        held = [f"left-member-{conversation.assignee_id}"]
    else:
        held = [] if conversation.team_id else [NOBODYS]
    return [*held, f"left-team-{conversation.team_id}"] if conversation.team_id else held


def is_about_sight(topics: Iterable[str]) -> bool:
    """These topics say that other rules hold now, not only that a conversation was handed on."""
    return any(topic.startswith("sight-") for topic in topics)


def tell_members(sender, members, **news) -> None:
    """Receiver of clinics.signals.sight_changed."""
    if members:
        realtime.publish(*(sight_of(pk) for pk in members))


@dataclass(frozen=True)
class Look:
    """Some members and the conversations that some topics name, all as they were at one moment."""

    sights: dict[UUID, Sight] = field(default_factory=dict)
    conversations: list[Facts] = field(default_factory=list)
    is_guarded: bool = True  # somebody among them does not see everything

    def sees(self, member_id: UUID, conversation: Facts) -> bool:
        """Whether this member sees one of `conversations`."""
        sight = self.sights.get(member_id)
        return sight is not None and sight.sees(conversation)

    def told(self, member_id: UUID, topics: Iterable[str]) -> list[str]:
        """The topics as this member's socket may hear them."""
        if not self.is_guarded:
            return public(topics)
        sight = self.sights.get(member_id)
        if sight is None:
            return []
        seen = {each.pk for each in self.conversations if sight.sees(each)}
        contacts = {each.contact_id for each in self.conversations if each.pk in seen}
        known = {f"conversation-{pk}" for pk in seen} | {f"contact-{pk}" for pk in contacts}
        told, is_hidden, moved = set(), False, []
        for topic in topics:
            kind = topic.partition("-")[0]
            if kind in ("sight", "left"):
                moved.append(topic)
            elif kind not in ("conversation", "contact") or topic in known:
                told.add(topic)
            else:
                is_hidden = True
        if any(_concerns(topic, sight, is_hidden) for topic in moved):
            told.add(LIST)
        return sorted(told)


def look(topics: Iterable[str], members: Iterable[UUID]) -> Look:
    """Everything told() needs to know, in one query."""
    asked = {
        "clinic": current_clinic_id(),
        "members": list(members),
        "conversations": _ids(topics, "conversation-"),
        "contacts": _ids(topics, "contact-"),
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK, asked)
        people, conversations, has_sensitive = cursor.fetchone()
    sights = [_sight(*row) for row in _read(people)]
    return Look(
        {sight.member_id: sight for sight in sights},
        [_facts(*row) for row in _read(conversations)],
        has_sensitive or not all(sight.sees_all for sight in sights),
    )


def public(topics: Iterable[str]) -> list[str]:
    """The topics for somebody who sees everything: those about sight say nothing to them."""
    about_sight = [topic for topic in topics if topic.startswith("sight-")]
    told = {topic for topic in topics if not topic.startswith(("sight-", "left-"))}
    return sorted(told | {LIST} if about_sight else told)


def _concerns(topic: str, sight: Sight, is_hidden: bool) -> bool:
    """Whether the topic changes what this member sees; `is_hidden`: something of the change they do not see."""
    how, _, whose = topic.partition("-")
    kind, _, pk = whose.partition("-")
    held = {"member": pk == str(sight.member_id), "team": pk in map(str, sight.teams), "nobody": not pk}
    if how == "left":
        return is_hidden and held.get(kind, False)
    return whose == "all" or (whose == "admins" and sight.is_admin) or held.get(kind, False)


def _ids(topics: Iterable[str], start: str) -> list[UUID]:
    found = []
    for topic in topics:
        if topic.startswith(start):
            try:
                found.append(UUID(topic.removeprefix(start)))
            except ValueError:
                continue
    return found


def _read(value) -> list:
    return json.loads(value) if isinstance(value, str) else value


def _sight(pk, is_admin, visibility, teams, broken) -> Sight:
    until = {UUID(key): datetime.fromisoformat(at) for key, at in (broken or {}).items()}
    return Sight(UUID(pk), is_admin, visibility, frozenset(map(UUID, teams)), until)


def _facts(pk, contact_id, assignee_id, team_id, is_sensitive) -> Facts:
    ids = [value and UUID(value) for value in (pk, contact_id, assignee_id, team_id)]
    return Facts(*ids, is_sensitive)
