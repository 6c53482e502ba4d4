"""Who may be called into a conversation by `@`, and whom a note names.

Names are read from the note's own words, so that a draft, a second device and a message that waited for the line all
mention the same people.
"""

import re
from dataclasses import dataclass, field
from uuid import UUID

from clinics import queries as clinics
from clinics.models import Member, Team, TeamMember

from . import realtime, telling
from .models import Conversation


@dataclass(frozen=True)
class Circle:
    """The clinic's people around one conversation: who sees it now, and the teams with somebody who does."""

    seeing: list[Member]
    others: list[Member]
    teams: dict[Team, list[Member]] = field(default_factory=dict)  # its members who see it

    def named_in(self, text: str) -> list[Member | Team]:
        """Members and teams that a note's words name with `@`; of several with one name those who see it."""
        called: dict[str, list] = {}
        for each in (*self.seeing, *self.others, *self.teams):
            called.setdefault(each.name.casefold(), []).append(each)
        found = {name.casefold() for name in _pattern(called).findall(text)} if called else ()
        namesakes = [called[name] for name in called if name in found]
        return [each for same in namesakes for each in [one for one in same if self.sees(one)] or same]

    def sees(self, each: Member | Team) -> bool:
        """The member sees the conversation, or somebody of the team does."""
        return bool(self.teams.get(each)) if isinstance(each, Team) else each in self.seeing


def circle_of(conversation: Conversation) -> Circle:
    """Everybody at work here, by name, as inbox.sight has it: two queries for the people, one for what they see."""
    members = list(clinics.active_members().select_related(None).order_by("name"))
    look = telling.look([realtime.topic(conversation.pk)], [member.pk for member in members])
    facts = look.conversations[0]
    seeing = [each for each in members if each.pk in look.sights and look.sights[each.pk].sees(facts)]
    others = [each for each in members if each not in seeing]
    return Circle(seeing, others, _teams({each.pk: each for each in seeing}))


def names_of(mentioned: list[Member | Team]) -> list[str]:
    """What of a note is drawn as a mention."""
    return sorted({each.name for each in mentioned}, key=len, reverse=True)


def _teams(seeing: dict[UUID, Member]) -> dict[Team, list[Member]]:
    """Every team of the clinic, with those of its members who see the conversation."""
    teams: dict[Team, list[Member]] = {team: [] for team in clinics.teams()}
    by_pk = {team.pk: members for team, members in teams.items()}
    for team_id, member_id in TeamMember.objects.values_list("team_id", "member_id"):
        if member_id in seeing:
            by_pk[team_id].append(seeing[member_id])
    return teams


def _pattern(names) -> re.Pattern:
    """`@` and one of these names, the longest that fits; not within an address like ann@clinic.example."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)@({'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
